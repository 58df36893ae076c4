/** `woshou build-addon`: compiles the optional accelerator of devices for this machine. */
import { buildAddon } from '../node/addon-build.ts';
import type { Screen } from './screen.ts';

/** Resolves with the exit code. @throws DeviceError saying what is missing */
export async function buildAddonCommand(screen: Screen): Promise<number> {
  const path = await buildAddon();
  screen.line(`${screen.say({ en: 'built', zh: '已编译' })} ${path}`);
  screen.line(
    screen.say({
      en: 'Devices opened from now on use it; WOSHOU_ADDON=0 leaves it out.',
      zh: '此后打开的设备都会用它；设置 WOSHOU_ADDON=0 则不用。',
    }),
  );
  return 0;
}
