/** Which keys there are for whom, and which may stand beside each other. What is signed with them is tested with connections. */
import { describe, expect, it } from 'vitest';
import { Address } from '../../base/address.ts';
import { KeyStore, type TcpKeyScope } from './keys.ts';

const KEY = Uint8Array.of(1, 2, 3);
const PEER = '192.0.2.1';

function store(): KeyStore {
  return new KeyStore(true);
}

describe('a store of keys', () => {
  it('is empty before the first key of either kind and after the last', () => {
    const keys = store();
    expect(keys.isEmpty).toBe(true);
    keys.addMd5({ peer: PEER, key: KEY });
    expect(keys.isEmpty).toBe(false);
    keys.removeMd5({ peer: PEER });
    expect(keys.isEmpty).toBe(true);
    keys.addAo({ peer: PEER, key: KEY, sendId: 1, receiveId: 2 });
    expect(keys.isEmpty).toBe(false);
    keys.removeAo(1, 3);
    keys.removeAo(2, 2);
    expect(keys.isEmpty).toBe(false);
    keys.removeAo(1, 2);
    expect(keys.isEmpty).toBe(true);
  });

  it('takes none when the stack cannot compute signatures', () => {
    const keys = new KeyStore(false);
    expect(() => keys.addMd5({ peer: PEER, key: KEY })).toThrow(/auth/);
    expect(() => keys.addAo({ peer: PEER, key: KEY, sendId: 1, receiveId: 1 })).toThrow(/auth/);
    expect(keys.isEmpty).toBe(true);
  });

  it('finds the MD5 key of the longest prefix', () => {
    const keys = store();
    const [wide, narrow, widest] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    keys.addMd5({ peer: '192.0.2.0/24', key: wide });
    keys.addMd5({ peer: `${PEER}/32`, key: narrow });
    keys.addMd5({ peer: '192.0.0.0/16', key: widest });
    expect(keys.findMd5(Address.parse(PEER), 1, 2)?.key).toEqual(narrow);
    expect(keys.findMd5(Address.parse('192.0.2.9'), 1, 2)?.key).toEqual(wide);
    expect(keys.findMd5(Address.parse('192.0.9.9'), 1, 2)?.key).toEqual(widest);
    expect(keys.findMd5(Address.parse('198.51.100.1'), 1, 2)).toBeNull();
  });

  it('forgets exactly the MD5 key that is named', () => {
    const keys = store();
    keys.addMd5({ peer: PEER, key: KEY });
    keys.addMd5({ peer: '192.0.2.2', key: KEY });
    keys.addMd5({ peer: '192.0.2.2', key: KEY, localPort: 80 });
    keys.removeMd5({ peer: '192.0.2.2' });
    const found = (peer: string, port: number): boolean => keys.findMd5(Address.parse(peer), port, 9) !== null;
    expect([found(PEER, 1), found('192.0.2.2', 1), found('192.0.2.2', 80)]).toEqual([true, false, true]);
  });

  it('refuses a second MD5 key for exactly the same, and both kinds for one peer', () => {
    const keys = store();
    keys.addMd5({ peer: PEER, key: KEY, localPort: 80 });
    expect(() => keys.addMd5({ peer: PEER, key: KEY, localPort: 80 })).toThrow(/there is a key/);
    keys.addMd5({ peer: PEER, key: KEY, localPort: 81 });
    keys.addMd5({ peer: PEER, key: KEY, localPort: 80, remotePort: 9 });
    expect(() => keys.addAo({ peer: PEER, key: KEY, sendId: 1, receiveId: 1 })).toThrow(/never both/);
    keys.addAo({ peer: '192.0.2.2', key: KEY, sendId: 1, receiveId: 1 });
    expect(() => keys.addMd5({ peer: '192.0.2.2', key: KEY })).toThrow(/never both/);
  });

  it('has a key for anybody beside one for somebody, but not twice', () => {
    const keys = store();
    keys.addMd5({ key: KEY, localPort: 80 });
    keys.addMd5({ peer: PEER, key: KEY, localPort: 80 });
    expect(() => keys.addMd5({ key: KEY, localPort: 80 })).toThrow(/there is a key/);
  });

  it('takes AO keys for one peer whose ids both differ', () => {
    const keys = store();
    keys.addAo({ peer: PEER, key: KEY, sendId: 1, receiveId: 2 });
    expect(() => keys.addAo({ peer: PEER, key: KEY, sendId: 1, receiveId: 3 })).toThrow(/taken/);
    expect(() => keys.addAo({ peer: PEER, key: KEY, sendId: 3, receiveId: 2 })).toThrow(/taken/);
    keys.addAo({ peer: PEER, key: KEY, sendId: 2, receiveId: 1 });
    keys.addAo({ peer: '192.0.2.2', key: KEY, sendId: 1, receiveId: 2 });
    expect(keys.findAo(Address.parse(PEER), 1, 2).map(({ sendId }) => sendId)).toEqual([1, 2]);
    expect(keys.findAo(Address.parse('192.0.2.3'), 1, 2)).toEqual([]);
  });

  it('copies a key, and refuses one that is empty, too long or text', () => {
    const keys = store();
    const mine = KEY.slice();
    keys.addMd5({ peer: PEER, key: mine });
    mine.fill(0);
    expect(keys.findMd5(Address.parse(PEER), 1, 2)?.key).toEqual(KEY);
    const tooLong = new Uint8Array(10_000);
    for (const key of [new Uint8Array(0), tooLong]) {
      expect(() => keys.addMd5({ peer: '192.0.2.7', key })).toThrow(/octets long/);
    }
    expect(() => keys.addMd5({ peer: '192.0.2.7', key: 'text' as unknown as Uint8Array })).toThrow(/Uint8Array/);
  });
});

// RFC 5925 §1.2: whoever may be meant by both has one kind.
describe('keys of both kinds', () => {
  const ao = { key: KEY, sendId: 1, receiveId: 2 };
  it.each<[name: string, one: TcpKeyScope, other: TcpKeyScope, areRefused: boolean]>([
    ['for anybody', {}, {}, true],
    ['for one peer and anybody', { peer: PEER }, {}, true],
    ['for anybody and one peer', {}, { peer: PEER }, true],
    ['for two peers', { peer: PEER }, { peer: '192.0.2.2' }, false],
    ['for a peer and its network', { peer: PEER }, { peer: '192.0.2.0/24' }, true],
    ['for a network and a peer in it', { peer: '192.0.2.0/24' }, { peer: PEER }, true],
    ['for a network and a peer outside', { peer: '192.0.2.0/24' }, { peer: '192.0.3.1' }, false],
    ['for two of our ports', { localPort: 80 }, { localPort: 81 }, false],
    ['for one of our ports twice', { localPort: 80 }, { localPort: 80 }, true],
    ['for one of our ports and any', { localPort: 80 }, {}, true],
    ['for any and one of our ports', {}, { localPort: 80 }, true],
    ['for two of the peer’s ports', { remotePort: 80 }, { remotePort: 81 }, false],
    ['for our port and the peer’s', { localPort: 80 }, { remotePort: 81 }, true],
    ['for one port of two peers', { peer: PEER, localPort: 80 }, { peer: '192.0.2.2', localPort: 80 }, false],
    ['for two ports of one peer', { peer: PEER, localPort: 80 }, { peer: PEER, localPort: 81 }, false],
  ])('%s', (_, one, other, areRefused) => {
    const keys = store();
    keys.addMd5({ ...one, key: KEY });
    const add = (): void => keys.addAo({ ...other, ...ao });
    if (areRefused) expect(add).toThrow(/never both/);
    else expect(add).not.toThrow();
  });

  it('cover the other options unless it is said otherwise', () => {
    const keys = store();
    keys.addAo({ ...ao, peer: PEER });
    keys.addAo({ key: KEY, sendId: 3, receiveId: 4, peer: PEER, coversOptions: false });
    keys.addAo({ key: KEY, sendId: 5, receiveId: 6, peer: PEER, coversOptions: true });
    expect(keys.findAo(Address.parse(PEER), 1, 1).map(({ coversOptions }) => coversOptions)).toEqual([
      true,
      false,
      true,
    ]);
  });
});
