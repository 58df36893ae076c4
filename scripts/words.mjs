/** What the bootstrap scripts say: English always, Chinese under it where the locale is Chinese. */

const locale =
  process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || Intl.DateTimeFormat().resolvedOptions().locale;

export const isChinese = /^zh/i.test(locale ?? '');

export function say(english, chinese) {
  process.stdout.write(`woshou: ${english}\n`);
  if (isChinese) process.stdout.write(`握手：${chinese}\n`);
}

export function fail(english, chinese) {
  process.stderr.write(`woshou: ${english}\n`);
  if (isChinese) process.stderr.write(`握手：${chinese}\n`);
  process.exit(1);
}
