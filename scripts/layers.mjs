// The layer rule. A folder may import from floors below its own, never from above, and never from a neighbour on its own
// floor unless the table says so. Also: hard seams around packages and Node, and no import cycles.
//   node scripts/layers.mjs

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Floor, folder under src/, neighbours that it may import. The longest folder that matches a file counts. */
export const FLOORS = [
  [7, 'cli', []],
  [6, 'tools', []],
  [5, 'session', []],
  [4, 'report', []],
  [4, 'frontends/bpftrace', []],
  [4, 'frontends/typescript', []],
  [4, 'frontends/c', []],
  [4, 'frontends/filter', []],
  [4, 'frontends/object', []],
  [4, 'engines/kernel', ['engines']],
  [4, 'engines/vm', ['engines']],
  [4, 'engines', []],
  [3, 'compiler', []],
  [2, 'image', []],
  [2, 'symbols', []],
  [1, 'btf', []],
  [1, 'elf', []],
  [1, 'tracefs', []],
  [0, 'isa', ['base']],
  [0, 'base', []],
];

/** Folders that run in a browser; they may not import node:* nor use Node's globals. */
export const PURE = [
  'base',
  'isa',
  'btf',
  'elf',
  'image',
  'compiler',
  'frontends/bpftrace',
  'frontends/c',
  'frontends/filter',
  'frontends/object',
  'engines/vm',
  'report',
];

/** Files of pure folders that look at the running machine all the same. */
export const IMPURE = /^engines\/vm\/live\/|^report\/(names\.ts|system\/)/;

/** What only some places may use: a pattern in the source text, and the files that may. */
const SEAMS = [
  [
    'koffi',
    /from 'koffi'|import\('koffi'\)|require\('koffi'\)/,
    /^engines\/kernel\/sys\/|^engines\/vm\/live\/ptrace\.ts$/,
  ],
  ['acorn', /from 'acorn|node:inspector/, /^frontends\/typescript\//],
  ['console', /\bconsole\.(log|error|warn|info)\b/, /^cli\//],
  ['process.argv and exit codes', /\bprocess\.(argv|exit|exitCode)\b/, /^cli\//],
];

const source = fileURLToPath(new URL('../src', import.meta.url));

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|bench)\.ts$/.test(entry.name))
    .map((entry) => relative(source, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.includes('testing/'))
    .sort();
}

function roomOf(file) {
  let best;
  for (const room of FLOORS) {
    if (file.startsWith(`${room[1]}/`) && (!best || room[1].length > best[1].length)) best = room;
  }
  return best;
}

/** Import specifiers with whether they are of types only. */
function importsOf(text) {
  const found = [];
  const pattern = /^(?:import|export)\s+(type\s)?[^'";]*?(?:from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gms;
  for (const match of text.matchAll(pattern)) {
    found.push({ specifier: match[2] ?? match[3], typeOnly: match[1] !== undefined, lazy: match[3] !== undefined });
  }
  return found;
}

/** All violations, as sentences. */
export function checkLayers() {
  const problems = [];
  const graph = new Map();
  for (const file of filesOf(source)) {
    const text = readFileSync(join(source, file), 'utf8');
    const room = roomOf(file);
    if (!room) {
      problems.push(`src/${file} is in no room of the table`);
      continue;
    }
    const targets = [];
    graph.set(file, targets);
    for (const { specifier, typeOnly, lazy } of importsOf(text)) {
      if (specifier.startsWith('node:') && PURE.includes(room[1]) && !IMPURE.test(file)) {
        problems.push(`src/${file} imports ${specifier}, but src/${room[1]} must run in a browser`);
      }
      if (!specifier.startsWith('.')) continue;
      const target = relative(source, join(source, dirname(file), specifier));
      const other = roomOf(target);
      if (!other) {
        problems.push(`src/${file} imports ${specifier}, which is in no room`);
        continue;
      }
      if (!typeOnly && !lazy) targets.push(target);
      if (other === room) continue;
      const allowed = other[0] < room[0] || room[2].includes(other[1]);
      if (!allowed) problems.push(`src/${file} (floor ${room[0]}) may not import src/${target} (floor ${other[0]})`);
    }
    for (const [what, pattern, allowed] of SEAMS) {
      const at = text.split('\n').findIndex((line) => pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line));
      if (at !== -1 && !allowed.test(file))
        problems.push(`src/${file}:${at + 1} uses ${what}, which only ${allowed} may`);
    }
  }
  return [...problems, ...cyclesOf(graph)];
}

function cyclesOf(graph) {
  const problems = [];
  const state = new Map();
  const path = [];
  const visit = (file) => {
    state.set(file, 'open');
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === 'open')
        problems.push(`import cycle: ${[...path.slice(path.indexOf(target)), target].join(' -> ')}`);
      else if (!state.has(target)) visit(target);
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkLayers();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log('layers: every import goes down, no cycles, seams kept');
}
