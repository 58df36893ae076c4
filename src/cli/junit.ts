/** Results of `woshou drill` in the XML that build servers read (JUnit): one suite, one case per script. */
import type { DrillOutcome } from './drill-outcome.ts';

export function junitReport(outcomes: readonly DrillOutcome[]): string {
  const count = (wanted: DrillOutcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  const seconds = outcomes.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 1000;
  const sizes = `tests="${outcomes.length}" failures="${count('fail')}" errors="${count('syntax')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${sizes} time="${seconds.toFixed(3)}">`,
    `  <testsuite name="woshou drill" ${sizes} time="${seconds.toFixed(3)}">`,
    ...outcomes.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ file, outcome, lines, elapsedMs }: DrillOutcome): string[] {
  const open = `    <testcase classname="drill" name="${escapeXml(file)}" time="${(elapsedMs / 1000).toFixed(3)}"`;
  if (outcome === 'pass') return [`${open}/>`];
  const element = outcome === 'fail' ? 'failure' : 'error';
  const [message = ''] = lines;
  return [
    `${open}>`,
    `      <${element} message="${escapeXml(message)}">${escapeXml(lines.join('\n'))}</${element}>`,
    '    </testcase>',
  ];
}

/** Characters XML 1.0 cannot hold become a question mark. */
function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 && character !== '\n' && character !== '\t') return '?';
    return names[character] ?? character;
  }).join('');
}
