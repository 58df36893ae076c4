// What 'woshou/test/jest' exports. Written by "npm run api:update".


