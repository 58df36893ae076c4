/** The models agree with each other, and every byte of every kind of frame has its layer. */
import { describe, expect, it } from 'vitest';
import { findScene, playScene } from '../index.ts';
import { chineseFieldName } from './field-names.ts';
import { bytesByLayer } from './layer-bytes.ts';
import { OSI_LAYERS, PROTOCOL_PLACES, TCP_IP_LAYERS } from './models.ts';

describe('the two models', () => {
  it('share the seven layers out among the four, in the same order', () => {
    expect(TCP_IP_LAYERS.flatMap((layer) => layer.osi)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(OSI_LAYERS.map((layer) => layer.number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    for (const layer of TCP_IP_LAYERS) {
      const beside = OSI_LAYERS.filter((one) => one.tcpIp === layer.id).map((one) => one.number);
      expect(beside).toEqual(layer.osi);
    }
  });

  it('place each protocol once, in layers that stand beside each other', () => {
    expect(new Set(PROTOCOL_PLACES.map((place) => place.name)).size).toBe(PROTOCOL_PLACES.length);
    for (const { name, tcpIp, osi } of PROTOCOL_PLACES) {
      expect(TCP_IP_LAYERS.find((layer) => layer.id === tcpIp)?.osi, name).toContain(osi);
    }
  });
});

describe('bytes by layer', () => {
  const scenes = ['layers', 'arp-first', 'heartbeat'].map((id) => findScene(id));
  const frames = scenes
    .flatMap((scene) => (scene === null ? [] : playScene(scene).rows))
    .filter((row) => row.frame !== null);

  it('cover frames from first to last byte, without gaps', () => {
    expect(frames.length).toBeGreaterThan(30);
    for (const { frame, medium } of frames) {
      const parts = bytesByLayer(frame ?? new Uint8Array(), medium ?? 'ip');
      let at = 0;
      for (const part of parts) {
        expect(part.from).toBe(at);
        expect(part.hex.split(' ').length).toBe(part.to - part.from);
        at = part.to;
      }
      expect(at).toBe(frame?.length);
    }
  });

  it('names the fields of TCP, IPv4, ARP and Ethernet in Chinese', () => {
    for (const { frame, medium } of frames) {
      for (const part of bytesByLayer(frame ?? new Uint8Array(), medium ?? 'ip')) {
        for (const field of part.fields) expect(chineseFieldName(field.name), field.name).toMatch(/[\u4e00-\u9fff]/);
      }
    }
  });
});
