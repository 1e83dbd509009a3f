// The vm's JIT beside its interpreter, native C and the kernel's JIT, in turn in one run, so that ratios hold when the machine
// drifts: loops, map look-ups, a packet parser, and how long compiling takes.
//   npm run bench -- vm

import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { loops, packets, parser } from './vm-programs.mjs';

const root = join(import.meta.dirname, '..');
const scratch = join(root, 'node_modules/.cache', `vm-bench-${process.pid}`);
const ROUNDS = 7;
const ENTRIES = 1024;
const PACKETS = 512;

await build({
  stdin: {
    contents: `
      export * from './src/engines/vm/machine.ts';
      export * from './src/engines/vm/interpreter.ts';
      export * from './src/engines/vm/jit/jit.ts';
      export * from './src/isa/index.ts';
      export * from './src/base/diagnostic.ts';
      export * as kernel from './src/engines/kernel/sys/bpf.ts';
      export * from './src/engines/kernel/sys/native.ts';
    `,
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  external: ['koffi'],
  outfile: `${scratch}.mjs`,
  platform: 'node',
  logLevel: 'warning',
});
const vm = await import(pathToFileURL(`${scratch}.mjs`).href);
rmSync(`${scratch}.mjs`);

const native = compileNative();
const sys = kernelSys();
for (const loop of loops) runLoop(loop);
runParser();
compileTime();
if (native) rmSync(native);

// ---- engines

function compileNative() {
  const out = join(tmpdir(), `vm-bench-native-${process.pid}`);
  const run = spawnSync('gcc', ['-O2', '-o', out, join(import.meta.dirname, 'vm-native.c')], { encoding: 'utf8' });
  if (run.status === 0) return out;
  console.log('no gcc: native C is left out');
  return undefined;
}

/** The system calls, or undefined when programs cannot be loaded here. */
function kernelSys() {
  try {
    const found = vm.nativeSys();
    found.close(loadIntoKernel(found, 'r0 = 0\nexit\n', []).program);
    return found;
  } catch (error) {
    console.log(`no kernel: ${error.message}`);
    return undefined;
  }
}

function instructionsOf(text, maps = new Map()) {
  const diagnostics = new vm.Diagnostics();
  const { instructions } = vm.assemble({ name: 'bench', text }, diagnostics, { maps });
  if (diagnostics.hasErrors) throw new Error(diagnostics.list.map((one) => one.message).join('\n'));
  return instructions;
}

function u32(value) {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function u64(value) {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}

function loadIntoKernel(into, text, kinds) {
  const fds = kinds.map((kind) => {
    const type = vm.mapKindId(kind);
    const fd = vm.kernel.mapCreate(into, { type, keySize: 4, valueSize: 8, maxEntries: ENTRIES });
    for (let key = 0; key < ENTRIES; key++) vm.kernel.mapUpdate(into, fd, u32(key), u64(key * 3));
    return fd;
  });
  const code = vm.encode(instructionsOf(text, new Map(fds.map((fd, index) => [`map${index}`, fd]))));
  const program = vm.kernel.programLoad(into, { type: vm.programKindId('xdp'), code, license: 'GPL' });
  return { program, fds };
}

function machineWith(text, kinds) {
  const machine = new vm.Machine();
  for (const kind of kinds) {
    const map = machine.createMap({ kind, keySize: 4, valueSize: 8, maxEntries: ENTRIES, flags: 0 });
    for (let key = 0; key < ENTRIES; key++) map.write(u32(key), u64(key * 3));
  }
  const maps = new Map(kinds.map((_, index) => [`map${index}`, index]));
  return { machine, program: machine.load({ kind: 'xdp', instructions: instructionsOf(text, maps) }) };
}

// ---- measurements

/** Nanoseconds of one call: the best of many short stretches, since on a busy machine a long one is interrupted. */
function time(run, milliseconds = 40) {
  const STRETCH = 0.4;
  const end = performance.now() + milliseconds;
  let found = Number.POSITIVE_INFINITY;
  let count = 1;
  for (let start = performance.now(); start < end; start = performance.now()) {
    for (let left = count; left > 0; left--) run();
    const took = performance.now() - start;
    if (took < STRETCH / 2) count *= 2;
    else found = Math.min(found, (took * 1e6) / count);
  }
  return found;
}

function best(measures) {
  const found = measures.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    measures.forEach((measure, index) => {
      found[index] = Math.min(found[index], measure());
    });
  }
  return found;
}

function report(title, unit, rows) {
  const jit = rows[0][1];
  console.log(title);
  for (const [name, value] of rows) {
    const ratio = name === 'JIT' ? '' : `   JIT takes ${(jit / value).toFixed(3)} of it`;
    console.log(`  ${name.padEnd(22)} ${value.toFixed(4).padStart(10)} ${unit}${ratio}`);
  }
  console.log('');
}

function runLoop({ name, text, per, unit, native: nativeName, maps }) {
  const { machine, program } = machineWith(text, maps);
  const jit = new vm.Jit(machine).program(program);
  const bounded = new vm.Jit(machine, { budget: 1e12 }).program(program);
  const interpreter = () => new vm.Interpreter(machine, program, 0).run();
  const expected = interpreter();
  if (jit.run(0) !== expected) throw new Error(`${name}: the JIT gives another result than the interpreter`);
  const engines = [
    ['JIT', () => time(() => jit.run32(0))],
    ['JIT, bounded', () => time(() => bounded.run32(0))],
    ['interpreter', () => time(interpreter, 3)],
  ];
  if (native && nativeName) {
    engines.push(['C, gcc -O2', () => Number(execFileSync(native, [nativeName], { encoding: 'utf8' }))]);
  }
  const loaded = sys && loadIntoKernel(sys, text, maps);
  if (loaded) {
    const data = new Uint8Array(64);
    const run = (repeat) => vm.kernel.programTestRun(sys, loaded.program, { data, repeat });
    if (BigInt(run(1).returned) !== BigInt.asUintN(32, expected))
      throw new Error(`${name}: the kernel's result differs`);
    engines.push(["the kernel's JIT", () => run(1000).nanoseconds]);
  }
  const found = best(engines.map(([, measure]) => measure));
  report(
    name,
    unit,
    engines.map(([engine], index) => [engine, found[index] / per]),
  );
  if (loaded) for (const fd of [loaded.program, ...loaded.fds]) sys.close(fd);
}

function runParser() {
  const list = packets(PACKETS);
  const { machine, program } = machineWith(parser.text, []);
  const contexts = layOut(machine, list);
  const jit = new vm.Jit(machine).program(program);
  const single = () => {
    for (let index = 0; index < PACKETS; index++) jit.run32(contexts + 24 * index);
  };
  const interpret = () => {
    for (let index = 0; index < PACKETS; index++) new vm.Interpreter(machine, program, contexts + 24 * index).run();
  };
  const accepted = jit.runBatch(contexts, PACKETS, 24);
  const engines = [
    ['JIT', () => time(() => jit.runBatch(contexts, PACKETS, 24)) / PACKETS],
    ['JIT, one at a time', () => time(single) / PACKETS],
    ['interpreter', () => time(interpret, 3) / PACKETS],
  ];
  if (native) engines.push(['C, gcc -O2', () => nativeParser(list, accepted)]);
  const loaded = sys && loadIntoKernel(sys, parser.text, []);
  if (loaded) {
    const first = list.find((_, index) => index % 8 === 0);
    const run = () => vm.kernel.programTestRun(sys, loaded.program, { data: first, repeat: 1_000_000 });
    engines.push(["the kernel's JIT *", () => run().nanoseconds]);
  }
  const found = best(engines.map(([, measure]) => measure));
  report(
    `${parser.name}, batches of ${PACKETS}`,
    'ns/packet',
    engines.map(([engine], index) => [engine, found[index]]),
  );
  if (loaded) {
    console.log('  * one packet over and over, with about 20 ns that BPF_PROG_TEST_RUN adds\n');
    sys.close(loaded.program);
  }
}

/** Writes packets and an xdp_md for each into linear memory; returns where the contexts begin. */
function layOut(machine, list) {
  const { memory } = machine;
  const contexts = memory.allocate(24 * list.length, { kind: 'context' });
  list.forEach((bytes, index) => {
    const data = memory.allocate(bytes.length, { kind: 'packet' });
    memory.write(data, bytes);
    memory.setU32(contexts + 24 * index, data);
    memory.setU32(contexts + 24 * index + 4, data + bytes.length);
  });
  return contexts;
}

function nativeParser(list, accepted) {
  const input = Buffer.concat([u32(list.length), ...list.flatMap((bytes) => [u32(bytes.length), bytes])]);
  const run = spawnSync(native, ['parser'], { input, encoding: 'utf8' });
  if (Number(run.stderr) !== accepted)
    throw new Error(`native C accepts ${run.stderr.trim()} packets, the JIT ${accepted}`);
  return Number(run.stdout);
}

/** Compiling 10,000 instructions with branches: to the module's bytes, WebAssembly's own part, the first run. */
function compileTime() {
  // V8 keeps what it compiled and knows the same bytes again, so every round has a constant of its own.
  const programs = Array.from({ length: 25 }, (_, round) => machineWith(longText(9_990, round), []));
  const rounds = programs.map(({ machine, program }) => {
    const start = performance.now();
    const jit = new vm.Jit(machine).program(program);
    const compiled = performance.now();
    jit.run32(0);
    return { compile: compiled - start, run: performance.now() - compiled, size: jit.size };
  });
  const count = programs[0].program.instructions.length;
  console.log(`compiling ${count} instructions (${rounds[0].size} bytes of WebAssembly)`);
  const sorted = rounds.slice(5).sort((a, b) => a.compile - b.compile);
  const row = (name, { compile, run }) =>
    console.log(`  ${name.padEnd(22)} ${compile.toFixed(2).padStart(10)} ms, and its first run ${run.toFixed(2)} ms`);
  row('the first in a process', rounds[0]);
  row('median of 20 later', sorted[10]);
  row('best of 20 later', sorted[0]);
}

function longText(count, constant) {
  const lines = [`r0 = ${constant}`];
  for (let index = 0; lines.length < count - 8; index++) {
    lines.push(`r${1 + (index % 4)} = ${index}`, `r0 += r${1 + (index % 4)}`, 'r0 ^= 12345', 'w0 += 7');
    lines.push(
      `*(u64 *)(r10 - ${8 + 8 * (index % 32)}) = r0`,
      `if r0 > ${index} goto l${index}`,
      `r0 += 3\nl${index}:`,
    );
  }
  return `${lines.join('\n')}\nexit\n`;
}
