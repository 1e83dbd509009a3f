// What `-l` lists: the probes of this machine that a pattern selects, with their arguments for `-lv`; types of the kernel;
// the probes of a script. As data; the command line prints it.

import type { Diagnostics } from '../../base/diagnostic.ts';
import { TraceError } from '../../base/error.ts';
import { wildcard } from '../../base/text.ts';
import { type Btf, printType } from '../../btf/index.ts';
import type { Environment } from '../../compiler/environment.ts';
import type { Script } from './ast.ts';
import { type ExpandOptions, expandScript } from './probes/expand.ts';
import type { ListPattern, ProbeKind, ProbeListing } from './probes/kind.ts';
import { findProbeKind, probeKinds } from './probes/registry.ts';

export type { ProbeListing } from './probes/kind.ts';

/** The probes whose names a pattern fits, kind by kind and sorted by name within each. @throws TraceError when it names a binary that is not there. */
export function* listProbes(pattern: string, env: Environment): Generator<ProbeListing> {
  const { kinds, rest, certain } = readPattern(pattern);
  const anywhere = !pattern.includes(':') && !certain;
  for (const kind of kinds) {
    try {
      yield* [...kind.list(env, listPattern(rest, anywhere))].sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      // Where the kind was only guessed, the text behind it need not be a path.
      if (certain || !(error instanceof TraceError)) throw error;
    }
  }
}

interface ReadPattern {
  readonly kinds: readonly ProbeKind[];
  readonly rest: string;
  /** The pattern names one kind. */
  readonly certain: boolean;
}

function readPattern(pattern: string): ReadPattern {
  const colon = pattern.indexOf(':');
  const provider = colon === -1 ? pattern : pattern.slice(0, colon);
  const rest = colon === -1 ? '*' : pattern.slice(colon + 1);
  const kind = findProbeKind(provider);
  if (kind) return { kinds: [kind], rest, certain: true };
  // A word alone is looked for in the names of all kinds.
  const fits = wildcard(colon === -1 ? '*' : provider.toLowerCase());
  const kinds = probeKinds.filter(({ name, sameAs }) => fits(name) && (sameAs === undefined || !fits(sameAs)));
  return { kinds, rest: colon === -1 ? pattern : rest, certain: false };
}

function listPattern(rest: string, anywhere: boolean): ListPattern {
  const fits = wildcard(rest === '' ? '*' : rest);
  const matches = anywhere ? (name: string) => fits(name) || name.split(':').some(fits) : fits;
  return { text: rest, parts: rest.split(':'), matches };
}

// ---- types

const TYPE_PATTERN = /^(struct|union|enum)\s+(\S+)$/;

/** Whether a pattern asks for types: `struct task_struct`, `enum *`. */
export function isTypePattern(pattern: string): boolean {
  return TYPE_PATTERN.test(pattern);
}

/** A type of the kernel or of a module. */
export interface TypeListing {
  /** `struct task_struct` */
  readonly name: string;
  /** `vmlinux`, or the module that has it. */
  readonly module: string;
  /** Its definition in C, as `-lv` shows it behind the module. */
  readonly definition: () => string;
}

/** The types that a pattern selects, of the kernel and then of its modules; each name of a module once. */
export function* listTypes(pattern: string, env: Environment): Generator<TypeListing> {
  const [, tag, name] = TYPE_PATTERN.exec(pattern) ?? [];
  const kernel = env.btf();
  if (tag === undefined || name === undefined || !kernel) return;
  yield* typesOf(kernel, 'vmlinux', tag as 'struct', name);
  for (const module of env.modules()) {
    const btf = env.moduleBtf(module);
    if (btf) yield* typesOf(btf, module, tag as 'struct', name);
  }
}

function* typesOf(btf: Btf, module: string, tag: 'struct' | 'union' | 'enum', pattern: string): Generator<TypeListing> {
  const fits = wildcard(pattern);
  const seen = new Set<string>();
  for (const name of btf.names(tag)) {
    if (seen.has(name) || !fits(name)) continue;
    seen.add(name);
    const { id } = btf.find(name, tag)!;
    yield { name: `${tag} ${name}`, module, definition: () => printType(btf, id) };
  }
}

// ---- scripts

/** The places that the probes of a script attach to on this machine, in their order. Reports what matches nothing. */
export function listScript(
  script: Script,
  env: Environment,
  options: ExpandOptions,
  diagnostics: Diagnostics,
): ProbeListing[] {
  const plans = expandScript(script, env, options, diagnostics);
  return plans.flatMap(({ places }) =>
    places.flatMap(({ name, names }) => (names ?? [name]).map((one) => ({ name: one, args: () => argsOf(one, env) }))),
  );
}

/** The arguments of one place by its full name. */
function argsOf(name: string, env: Environment): readonly string[] {
  for (const listing of listProbes(name, env)) if (listing.name === name) return listing.args();
  return [];
}
