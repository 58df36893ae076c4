/** Failures in both languages: what is missing and the way out, each once. */
import { describe, expect, it } from 'vitest';
import { DeviceError } from '../node/device-error.ts';
import { failureText } from './failure-text.ts';

describe('failureText', () => {
  const missing = new DeviceError('ERR_DEVICE_KOFFI_MISSING', 'koffi did not load', 'run `npm install koffi`');

  it('separates what is missing from the command that gives it', () => {
    expect(failureText(missing, 'en')).toEqual({ message: 'koffi did not load', fix: 'run `npm install koffi`' });
  });

  it('speaks Chinese about known codes and keeps the detail', () => {
    const { message, fix } = failureText(missing, 'zh');
    expect(message).toMatch(/^缺少可选依赖 koffi.*（koffi did not load）$/);
    expect(fix).toBe('run `npm install koffi`');
  });

  it('passes on what it does not know', () => {
    expect(failureText(Object.assign(new Error('odd'), { code: 'EODD' }), 'zh')).toEqual({ message: 'odd', fix: '' });
  });
});
