// What 'woshou/test/node' exports. Written by "npm run api:update".

export interface NetworkExpectation extends NetworkMatchers<void> {
    readonly not: NetworkMatchers<void>;
}

export function expectNetwork(subject: Subject): NetworkExpectation;
