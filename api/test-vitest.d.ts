// What 'woshou/test/vitest' exports. Written by "npm run api:update".


