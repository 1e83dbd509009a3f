// Builds dist/: the command as one bundle that starts fast (dist/bin), the library file by file with its types (dist),
// and, as proof that the pure floors need nothing of Node, a bundle of them for a browser.
//   node scripts/build.mjs [--quiet] [--library]

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { IMPURE, PURE } from './layers.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const quiet = process.argv.includes('--quiet');
const started = Date.now();

/** Chunks of older builds stay this long, for runs that started before and load them late. */
const KEEP_MS = 3_600_000;

/**
 * The command: code that only some runs need stays in chunks of its own. Runs and other builds may be under way, so nothing
 * is ever missing: chunks carry their hash in their name and come first, the entry that names them is swapped in last.
 */
async function buildCommand() {
  const { outputFiles } = await build({
    write: false,
    absWorkingDir: root,
    entryPoints: { beetrace: 'src/cli/main.ts' },
    outdir: 'dist/bin',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  const isEntry = ({ path }) => dirname(path) === join(root, 'dist/bin');
  mkdirSync(join(root, 'dist/bin/chunks'), { recursive: true });
  for (const file of outputFiles.filter((one) => !isEntry(one))) put(file);
  for (const file of outputFiles.filter(isEntry)) put(file);
  const current = new Set(outputFiles.map(({ path }) => path));
  for (const name of readdirSync(join(root, 'dist/bin/chunks'))) {
    const path = join(root, 'dist/bin/chunks', name);
    if (!current.has(path) && statSync(path).mtimeMs < started - KEEP_MS) rmSync(path, { force: true });
  }
}

/** Writes a file so that it is there whole or not at all. */
function put({ path, contents }) {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

/** Fails when a file of a pure folder reaches for Node; sources that look at a machine may. */
async function proveBrowser() {
  const entries = PURE.flatMap((folder) => sourcesIn(join(root, 'src', folder)));
  await build({
    stdin: { contents: entries.map((file) => `import ${JSON.stringify(file)};`).join('\n'), resolveDir: root },
    bundle: true,
    // The package says that its modules have no effects of their own, and then none of them would be looked at.
    ignoreAnnotations: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts') && !file.name.includes('.test.'))
    .map((file) => join(file.parentPath ?? file.path, file.name))
    .filter((path) => !path.includes('/testing/') && !IMPURE.test(relative(join(root, 'src'), path)));
}

function buildLibrary() {
  const tsc = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (tsc.status !== 0) process.exit(1);
}

try {
  await buildCommand();
  if (process.argv.includes('--library')) {
    await proveBrowser();
    buildLibrary();
  }
} catch (error) {
  if (!error.errors) console.error(error);
  console.error('ERROR: the build failed; see above.');
  process.exit(1);
}
// A source that changes while this builds is newer than the build.
const stamp = join(root, 'dist/bin/.built');
writeFileSync(stamp, '');
utimesSync(stamp, started / 1000, started / 1000);
if (!quiet)
  console.log(`built dist/bin${process.argv.includes('--library') ? ', the library and the browser proof' : ''}`);
