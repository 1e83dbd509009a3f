// How many records a second the report turns into text and JSON, without a kernel: records are made once and handed
// over again and again, the output is thrown away.
//   node bench/report.mjs

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const bundle = join(tmpdir(), `beetrace-bench-report-${process.pid}.mjs`);
await build({
  stdin: {
    contents: `export * from './src/report/index.ts'; export * from './src/image/index.ts';`,
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  outfile: bundle,
  platform: 'node',
  logLevel: 'warning',
});
const { createReport, layoutOf, memoryOf, stringType, UINT32, UINT64 } = await import(pathToFileURL(bundle).href);
rmSync(bundle);

const COMMS = ['node', 'systemd', 'kworker/0:1-eve', 'bash', 'a'];

const cases = [
  { name: 'printf("%d %s\\n", pid, comm)', format: '%d %s\n', fields: [UINT32, stringType(16)] },
  {
    name: 'printf("%lld %d %s\\n", nsecs, pid, comm)',
    format: '%lld %d %s\n',
    fields: [UINT64, UINT32, stringType(16)],
  },
  { name: 'printf("%-6d %-16s %x\\n", ...)', format: '%-6d %-16s %llx\n', fields: [UINT32, stringType(16), UINT64] },
];

for (const { name, format, fields } of cases) {
  for (const output of ['text', 'json']) {
    const rate = measure(format, fields, output);
    console.log(`${name.padEnd(44)} ${output}  ${(rate / 1e6).toFixed(2)} million records a second`);
  }
}

/** Records a second, the best of several rounds. */
function measure(format, fields, output) {
  const definition = { kind: 'printf', format, stream: 'out', fields };
  const settings = { truncationTrailer: '..', maxCatBytes: 0 };
  const image = { sources: [], programs: [], maps: [], records: [definition], probes: [], settings };
  let written = 0;
  const sink = { write: (bytes) => (written += bytes.length) };
  const report = createReport({
    image,
    format: output,
    output: sink,
    errors: sink,
    names: {},
    host: {},
    warnings: true,
  });
  const { memory, stride, count, length } = records(definition);
  let best = 0;
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    const passes = 200;
    for (let pass = 0; pass < passes; pass++) {
      for (let index = 0; index < count; index++) report.handle(memory, index * stride, length);
    }
    best = Math.max(best, (passes * count * 1000) / (performance.now() - start));
  }
  if (written === 0) throw new Error('nothing was written');
  return best;
}

/** A megabyte or so of records with varied contents. */
function records(definition) {
  const layout = layoutOf(definition);
  const stride = Math.ceil((layout.size + 8) / 8) * 8;
  const count = 4096;
  const memory = memoryOf(new ArrayBuffer(stride * count));
  const encoder = new TextEncoder();
  for (let index = 0; index < count; index++) {
    for (const { type, offset } of layout.fields) {
      const at = index * stride + offset;
      if (type.kind === 'string') memory.u8.set(encoder.encode(COMMS[index % COMMS.length]), at);
      else if (type.size === 4) memory.view.setUint32(at, 1000 + index * 7, true);
      else memory.view.setBigUint64(at, 86_400_000_000_000n * 30n + BigInt(index) * 7919n, true);
    }
  }
  return { memory, stride, count, length: layout.size };
}
