/** jest with ES modules as they are: nothing is compiled. */
export default { testMatch: ['**/*.test.mjs'], transform: {}, testEnvironment: 'node' };
