/**
 * Makes the API reference, reports/reference/, from the docstrings of every entry of package.json. TypeDoc lives in a package
 * of its own beside this file. Fails when something public has no docstring or a link leads
 * nowhere: `npm run docs`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const out = join(root, 'reports', 'reference');

const require = createRequire(join(here, 'package.json'));
const { Application, ReflectionKind } = await import(require.resolve('typedoc'));
const application = await Application.bootstrap({
  name: 'woshou',
  entryPoints: entryPoints(),
  tsconfig: join(here, 'tsconfig.json'),
  out,
  readme: 'none',
  githubPages: false,
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  sort: ['source-order'],
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await application.convert();
if (project === undefined) process.exit(1);
application.validate(project);
const silent = undocumented(project);
for (const name of silent) console.error(`${name}: exported, yet without a docstring`);
if (application.logger.hasErrors() || application.logger.hasWarnings() || silent.length > 0) process.exit(1);
await application.generateDocs(project, out);
console.log(`reference: ${join('reports', 'reference', 'index.html')}`);

/** The sources behind the entries that the package exports. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap((target) =>
    typeof target === 'object' && 'types' in target
      ? [join(root, target.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'))]
      : [],
  );
}

/** What an entry exports without a word about it. */
function undocumented(project) {
  const exported = ReflectionKind.SomeExport & ~ReflectionKind.Namespace;
  return (project.children ?? [])
    .flatMap((module) => module.children ?? [])
    .filter((reflection) => reflection.kindOf(exported) && !reflection.isReference?.())
    .filter((reflection) => !reflection.hasComment() && !reflection.signatures?.every((each) => each.hasComment()))
    .map((reflection) => reflection.getFullName());
}
