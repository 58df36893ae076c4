/** Failures as a person should read them: what is missing, and what to do. Codes are known in both languages. */
import { WoshouError } from '../base/errors.ts';
import { DeviceError } from '../node/device-error.ts';
import type { Language, Text } from './language.ts';

/** What failed, and the way out where there is one. */
export interface FailureText {
  readonly message: string;
  readonly fix: string;
}

/** The words for an error of the stack, a device, the control socket or the system. */
export function failureText(error: Error, language: Language): FailureText {
  const { code } = error as Error & { code?: string };
  const isDevice = error instanceof DeviceError;
  const fix = isDevice ? error.fix : '';
  // The message of a device's error ends with the advice, which stands on a line of its own here.
  const english = isDevice && fix !== '' ? error.message.slice(0, -`; ${fix}`.length) : error.message;
  const known = KNOWN[code ?? ''];
  if (known === undefined) return { message: english, fix };
  if (language === 'zh') return { message: `${known.zh}（${english}）`, fix };
  return { message: error instanceof WoshouError ? english : `${known.en} (${english})`, fix };
}

const KNOWN: Readonly<Record<string, Text>> = {
  ERR_DEVICE_PLATFORM: { en: 'not on this system', zh: '本系统不支持 TUN 设备，只有 Linux 支持' },
  ERR_DEVICE_KOFFI_MISSING: { en: 'koffi is missing', zh: '缺少可选依赖 koffi，无法打开网络设备' },
  ERR_DEVICE_TUN_MISSING: { en: 'no TUN', zh: '本机没有 TUN 设备' },
  ERR_DEVICE_PERMISSION: { en: 'no permission', zh: '没有权限打开或配置网络设备' },
  ERR_DEVICE_BUSY: { en: 'the device is in use', zh: '设备正被占用' },
  ERR_DEVICE_CONFIGURATION: { en: 'the device cannot be configured', zh: '设备配置不了' },
  ERR_DEVICE_CLOSED: { en: 'the device is gone', zh: '设备被移除或出了故障' },
  ERR_DEVICE_SYSTEM: { en: 'the system refused', zh: '系统拒绝了' },
  ERR_CONTROL_NOT_RUNNING: { en: 'nobody serves there', zh: '那里没有正在运行的 woshou serve' },
  ERR_CONTROL_IN_USE: { en: 'the control socket is in use', zh: '控制套接字已被占用' },
  ERR_CONTROL_TIMEOUT: { en: 'no answer', zh: '没有在规定时间内应答' },
  ERR_CONTROL_PROTOCOL: { en: 'not a woshou answer', zh: '应答不是 woshou 的格式' },
  ERR_CONTROL_REFUSED: { en: 'refused', zh: '请求被拒绝' },
  ERR_CONTROL_SYSTEM: { en: 'the system refused', zh: '系统拒绝了' },
  ERR_INVALID_ARGUMENT: { en: 'an argument is wrong', zh: '参数有误' },
  ERR_INVALID_STATE: { en: 'not possible now', zh: '现在不能这样做' },
  ECONNREFUSED: { en: 'the connection was refused', zh: '连接被拒绝：对方用 RST 回答' },
  ECONNRESET: { en: 'the connection was reset', zh: '连接被对方重置' },
  ETIMEDOUT: { en: 'no answer in time', zh: '超时，对方没有应答' },
  EHOSTUNREACH: { en: 'no way to that host', zh: '主机不可达' },
  ENETUNREACH: { en: 'no way to that network', zh: '网络不可达' },
  ENOTFOUND: { en: 'the name is not known', zh: '找不到这个名字' },
  ENOENT: { en: 'no such file or directory', zh: '没有这个文件或目录' },
  EACCES: { en: 'permission denied', zh: '没有权限' },
};
