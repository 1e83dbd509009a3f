// fentry and fexit: the entry and the return of kernel functions with typed arguments, through BPF trampolines. Cheaper
// than kprobes; needs BTF. x86-64 since kernel 5.5, arm64 since 6.0.

import { type Btf, type Param, typeName } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import type { TraceableFunction } from '../../../tracefs/index.ts';
import {
  allFunctions,
  btfOfFunction,
  checkModule,
  type FunctionTarget,
  functionTarget,
  isPattern,
  nameInModule,
  nearestFunction,
  selectFunctions,
} from './function-names.ts';
import {
  type ListPattern,
  type Match,
  type ProbeInput,
  type ProbeKind,
  type ProbeListing,
  probeKind,
  type TypedValue,
} from './kind.ts';

/** Functions with more arguments, or with structs as arguments, cannot have a trampoline: MAX_BPF_FUNC_ARGS. */
const MAX_PARAMS = 12;

const FORMS = ['[module:]function'];

function trampoline(name: 'fentry' | 'fexit', aliases: readonly string[], doc: string): ProbeKind {
  const returns = name === 'fexit';
  const shape = { name, forms: FORMS };
  return probeKind<FunctionTarget>({
    ...shape,
    aliases,
    doc,
    ...(returns ? { sameAs: 'fentry' } : {}),
    program: { kind: 'tracing', attachKind: returns ? 'trace_fexit' : 'trace_fentry' },
    space: 'kernel',
    wildcards: true,
    allows: [
      ...(['args', 'argN', 'func', 'ctx', 'path', 'skboutput', 'socket_cookie'] as const),
      ...(returns ? (['retval'] as const) : []),
    ],
    returns: 0,
    pidFilter: 'program',
    parse: (input) => functionTarget(shape, input),
    match(target, env, input) {
      if (!env.btf()) return noBtf(name, input);
      if (!checkModule(name, target, env, input)) return [];
      const selected = isPattern(target);
      const functions = selected ? selectFunctions(target, env) : named(target, env);
      return functions.flatMap((one) => matchOf(name, one, env, selected) ?? []);
    },
    suggest: nearestFunction,
    *list(env, pattern: ListPattern): Generator<ProbeListing> {
      if (!env.btf()) return;
      for (const one of allFunctions(env)) {
        const full = nameInModule(one);
        if (!pattern.matches(full) && !pattern.matches(one.name)) continue;
        if (prototype(one, env)) yield { name: `${name}:${full}`, args: () => argumentLines(one, env, returns) };
      }
    },
  });
}

function noBtf(name: string, input: ProbeInput): Match[] {
  input.diagnostics
    .error('no-btf', `${name} needs BTF, which this kernel does not have`, input.span)
    .hint('use kprobe, or a kernel that was built with CONFIG_DEBUG_INFO_BTF');
  return [];
}

function named({ module, name }: FunctionTarget, env: Environment): TraceableFunction[] {
  const found = btfOfFunction(name.text, module?.text, env);
  return found ? [{ name: name.text, ...(found.module === undefined ? {} : { module: found.module }) }] : [];
}

interface Prototype {
  readonly btf: Btf;
  readonly params: readonly Param[];
  readonly returnType: number;
}

/** How BTF describes a function; undefined for functions that no trampoline can be made for. */
function prototype({ name, module }: TraceableFunction, env: Environment): Prototype | undefined {
  const btf = module === undefined ? env.btf() : env.moduleBtf(module);
  const func = btf?.func(name);
  if (!btf || !func || func.variadic || func.params.length > MAX_PARAMS) return undefined;
  return { btf, params: func.params, returnType: func.returnType };
}

function matchOf(
  kind: 'fentry' | 'fexit',
  one: TraceableFunction,
  env: Environment,
  selected: boolean,
): Match | undefined {
  const known = prototype(one, env);
  if (!known) return undefined;
  const { btf, returnType } = known;
  const returns = kind === 'fexit';
  const { name: symbol, module } = one;
  return {
    name: `${kind}:${nameInModule(one)}`,
    attach: {
      kind: 'fentry',
      symbol,
      returns,
      ...(module === undefined ? {} : { module }),
      ...(selected && { selected }),
    },
    context: {
      kind: 'fentry',
      params: known.params.map(({ name, type }): TypedValue => ({ name, btf, type })),
      returns,
      result:
        returns && btf.resolve(returnType).kind !== 'void' ? { name: 'retval', btf, type: returnType } : undefined,
    },
  };
}

function argumentLines(one: TraceableFunction, env: Environment, returns: boolean): string[] {
  const known = prototype(one, env);
  if (!known) return [];
  const { btf, params, returnType } = known;
  const lines = params.map(({ name, type }) => `${typeName(btf, type)} ${name}`);
  if (returns && btf.resolve(returnType).kind !== 'void') lines.push(`${typeName(btf, returnType)} retval`);
  return lines;
}

export const fentry = trampoline(
  'fentry',
  ['f', 'kfunc'],
  'The entry of a kernel function, with its arguments typed in args; cheaper than kprobe.',
);

export const fexit = trampoline(
  'fexit',
  ['fr', 'kretfunc'],
  'The return of a kernel function, with its arguments in args and its result in retval.',
);
