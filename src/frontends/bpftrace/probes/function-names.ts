// Kernel functions by name and by pattern, from what the machine tells: the functions that ftrace can trace, or the
// functions of BTF where the kernel does not tell those (lockdown).

import { nearest, wildcard } from '../../../base/text.ts';
import type { Btf } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import type { TraceableFunction } from '../../../tracefs/index.ts';
import type { Part, ProbeInput } from './kind.ts';
import { hasWildcard, howToWrite } from './parts.ts';

/** The kernel proper, where a module is asked for. */
export const VMLINUX = 'vmlinux';

/** `[module:]function` */
export interface FunctionTarget {
  readonly module: Part | undefined;
  readonly name: Part;
}

export function isPattern(target: FunctionTarget): boolean {
  return hasWildcard(target.name.text) || (target.module !== undefined && hasWildcard(target.module.text));
}

/** The functions that the target selects from all, each name and module once. */
export function selectFunctions({ module, name }: FunctionTarget, env: Environment): TraceableFunction[] {
  const named = wildcard(name.text);
  const inModule = module && wildcard(module.text);
  const seen = new Set<string>();
  const selected: TraceableFunction[] = [];
  for (const one of allFunctions(env)) {
    if (!named(one.name) || (inModule && !inModule(one.module ?? VMLINUX))) continue;
    const key = nameInModule(one);
    if (seen.has(key)) continue;
    seen.add(key);
    selected.push(one);
  }
  return selected;
}

/** Every function that can be traced, as far as the machine tells. */
export function allFunctions(env: Environment): Iterable<TraceableFunction> {
  return env.traceableFunctions() ?? btfFunctions(env);
}

function* btfFunctions(env: Environment): Generator<TraceableFunction> {
  for (const name of env.btf()?.names('func') ?? []) yield { name };
  for (const module of env.modules()) {
    for (const name of env.moduleBtf(module)?.names('func') ?? []) yield { name, module };
  }
}

/** `function`, or `module:function` outside of the kernel proper. */
export function nameInModule({ name, module }: TraceableFunction): string {
  return module === undefined ? name : `${module}:${name}`;
}

/** The function that was probably meant. */
export function nearestFunction({ name }: FunctionTarget, env: Environment): string | undefined {
  return isPattern({ module: undefined, name }) ? undefined : nearest(name.text, names(allFunctions(env)));
}

function* names(functions: Iterable<TraceableFunction>): Generator<string> {
  for (const { name } of functions) yield name;
}

/** Reports a module that is not there. */
export function checkModule(kind: string, target: FunctionTarget, env: Environment, input: ProbeInput): boolean {
  const { module } = target;
  if (!module || module.text === VMLINUX || hasWildcard(module.text)) return true;
  if (env.modules().includes(module.text)) return true;
  input.diagnostics.error(
    'no-module',
    `specified module ${module.text} in probe ${kind}:${input.rest} is not loaded.`,
    module.span,
  );
  return false;
}

/** Where BTF knows a function: the kernel proper first, then its modules. */
export function btfOfFunction(
  name: string,
  module: string | undefined,
  env: Environment,
): { readonly btf: Btf; readonly module?: string } | undefined {
  const kernel = env.btf();
  if ((module === undefined || module === VMLINUX) && kernel?.func(name)) return { btf: kernel };
  if (module === VMLINUX) return undefined;
  for (const one of module === undefined ? env.modules() : [module]) {
    const btf = env.moduleBtf(one);
    if (btf && declares(btf, name, 'func')) return { btf, module: one };
  }
  return undefined;
}

/** Whether BTF has a type itself; that of a module also finds what the kernel proper has. */
export function declares(btf: Btf | undefined, name: string, kind: 'func' | 'typedef'): boolean {
  const type = btf?.find(name, kind);
  return type !== undefined && type.id >= (btf?.base?.count ?? 0);
}

/** Splits `[module:]function`; reports too many parts. */
export function functionTarget(shape: { name: string; forms: readonly string[] }, input: ProbeInput) {
  const [first, second, ...more] = input.parts;
  const name = second ?? first;
  if (name?.text && (!second || first?.text) && more.length === 0) return { module: second && first, name };
  input.diagnostics
    .error(
      'attach-point',
      `${shape.name} probe type requires 1 or 2 arguments, found ${input.parts.length}`,
      input.span,
    )
    .hint(howToWrite(shape));
  return undefined;
}

/** `function+offset`: the function and the offset; undefined offset when it is malformed. */
export function splitOffset(part: Part): { readonly name: Part; readonly offset: string | undefined } {
  const plus = part.quoted ? -1 : part.text.lastIndexOf('+');
  if (plus === -1) return { name: part, offset: undefined };
  return { name: { ...part, text: part.text.slice(0, plus) }, offset: part.text.slice(plus + 1) };
}
