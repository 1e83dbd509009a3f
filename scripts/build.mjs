// Builds dist/: the command as one bundle that starts fast (dist/bin), the library file by file with its types (dist),
// and, as proof that the pure floors need nothing of Node, a bundle of them for a browser.
//   node scripts/build.mjs [--quiet] [--library]

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { PURE } from './layers.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const quiet = process.argv.includes('--quiet');

/** The command: code that only some runs need stays in chunks of its own. */
async function buildCommand() {
  rmSync(join(root, 'dist/bin'), { recursive: true, force: true });
  await build({
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
}

/** Fails when a pure folder reaches for Node. */
async function proveBrowser() {
  const entries = PURE.map((folder) => join(root, 'src', folder, 'index.ts')).filter(existsSync);
  await build({
    stdin: { contents: entries.map((file) => `import ${JSON.stringify(file)};`).join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
  });
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
writeFileSync(join(root, 'dist/bin/.built'), '');
if (!quiet)
  console.log(`built dist/bin${process.argv.includes('--library') ? ', the library and the browser proof' : ''}`);
