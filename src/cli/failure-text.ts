/** Failures as a person should read them: what is missing, and what to do. Codes have Chinese names here. */
import { DeviceError } from '../node/device-error.ts';
import type { Language } from './language.ts';

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
  const chinese = language === 'zh' ? CHINESE[code ?? ''] : undefined;
  return { message: chinese === undefined ? english : `${chinese}（${english}）`, fix };
}

/** English speaks the messages themselves. */
const CHINESE: Readonly<Record<string, string>> = {
  ERR_DEVICE_PLATFORM: '本系统不支持 TUN 设备，只有 Linux 支持',
  ERR_DEVICE_KOFFI_MISSING: '缺少可选依赖 koffi，无法打开网络设备',
  ERR_DEVICE_TUN_MISSING: '本机没有 TUN 设备',
  ERR_DEVICE_PERMISSION: '没有权限打开或配置网络设备',
  ERR_DEVICE_BUSY: '设备正被占用',
  ERR_DEVICE_CONFIGURATION: '设备配置不了',
  ERR_DEVICE_CLOSED: '设备被移除或出了故障',
  ERR_DEVICE_SYSTEM: '系统拒绝了',
  ERR_CONTROL_NOT_RUNNING: '那里没有正在运行的 woshou serve',
  ERR_CONTROL_IN_USE: '控制套接字已被占用',
  ERR_CONTROL_TIMEOUT: '没有在规定时间内应答',
  ERR_CONTROL_PROTOCOL: '应答不是 woshou 的格式',
  ERR_CONTROL_REFUSED: '请求被拒绝',
  ERR_CONTROL_SYSTEM: '系统拒绝了',
  ERR_INVALID_ARGUMENT: '参数有误',
  ERR_INVALID_STATE: '现在不能这样做',
  ECONNREFUSED: '连接被拒绝：对方用 RST 回答',
  ECONNRESET: '连接被对方重置',
  ETIMEDOUT: '超时，对方没有应答',
  EADDRINUSE: '地址或端口已被占用',
  EADDRNOTAVAIL: '这不是本机的地址',
  EHOSTUNREACH: '主机不可达',
  ENETUNREACH: '网络不可达',
  EHOSTDOWN: '网络说没有这台主机',
  ENONET: '对方主机与网络隔绝',
  EOPNOTSUPP: '源路由失败',
  ENOTFOUND: '找不到这个名字',
  EAI_AGAIN: '现在解析不了这个名字',
  ENOSPC: '磁盘已满',
  EISDIR: '这是一个目录',
  ENOENT: '没有这个文件或目录',
  EACCES: '没有权限',
};
