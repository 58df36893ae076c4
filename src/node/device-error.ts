/**
 * Errors of devices and of the control socket: what is missing on this machine, and the command that gives it.
 * Raised only by calls a person makes (open, request); frames never cause one.
 */
import { WoshouError } from '../base/errors.ts';

/** Stable codes of `DeviceError`. */
export type DeviceErrorCode =
  | 'ERR_DEVICE_PLATFORM'
  | 'ERR_DEVICE_KOFFI_MISSING'
  | 'ERR_DEVICE_TUN_MISSING'
  | 'ERR_DEVICE_PERMISSION'
  | 'ERR_DEVICE_BUSY'
  | 'ERR_DEVICE_CONFIGURATION'
  | 'ERR_DEVICE_ADDON'
  | 'ERR_DEVICE_CLOSED'
  | 'ERR_DEVICE_SYSTEM';

/** A device could not be opened, was taken away, or this machine lacks something for it. */
export class DeviceError extends WoshouError {
  /** What to do or to run, one line; empty when there is nothing to advise. */
  readonly fix: string;
  /** The operating system's name of the error such as `EPERM`, or empty. */
  readonly errno: string;

  constructor(code: DeviceErrorCode, message: string, fix = '', errno = '') {
    super(code, fix === '' ? message : `${message}; ${fix}`);
    this.fix = fix;
    this.errno = errno;
  }
}
