// kprobe and kretprobe: the entry and the return of kernel functions, or an instruction inside of them.

import { atLeast, type Environment } from '../../../compiler/environment.ts';
import { integerValue } from '../parse/literals.ts';
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
  splitOffset,
  VMLINUX,
} from './function-names.ts';
import {
  type ListPattern,
  type Match,
  type ProbeContext,
  type ProbeInput,
  type ProbeKind,
  type ProbeListing,
  type ProbeUses,
  probeKind,
} from './kind.ts';

type Target =
  | { readonly kind: 'address'; readonly address: bigint }
  | (FunctionTarget & { readonly kind: 'function'; readonly offset: number });

/** One link for many functions: BPF_TRACE_KPROBE_MULTI, built on fprobe. */
const MULTI_SINCE = '5.18';
const FPROBE_SYMBOL = 'register_fprobe_ips';

function functionProbe(options: {
  readonly name: 'kprobe' | 'kretprobe';
  readonly alias: string;
  readonly forms: readonly string[];
  readonly doc: string;
}): ProbeKind {
  const { name, alias, forms, doc } = options;
  const returns = name === 'kretprobe';
  const context: ProbeContext = { kind: 'registers', returns, space: 'kernel' };
  const program = { kind: 'kprobe' };
  return probeKind<Target>({
    name,
    aliases: [alias],
    forms,
    doc,
    ...(returns ? { sameAs: 'kprobe' } : {}),
    program,
    space: 'kernel',
    wildcards: true,
    allows: returns
      ? ['retval', 'func', 'reg', 'usermode', 'ctx']
      : ['argN', 'func', 'reg', 'usermode', 'ctx', 'override'],
    returns: 0,
    pidFilter: 'program',
    parse: (input) => parse({ name, forms }, input),
    match(target, env, input, uses) {
      if (target.kind === 'address') {
        const attach = { kind: 'kprobe-address', address: target.address, returns } as const;
        return [{ name: `${name}:${input.rest}`, attach, context, shared: 'kprobe' }];
      }
      if (!checkModule(name, target, env, input)) return [];
      if (isPattern(target)) return matchPattern(name, target, env, uses, context);
      return matchName(name, target, env, input, context);
    },
    suggest: (target, env) => (target.kind === 'address' ? undefined : nearestFunction(target, env)),
    *list(env, pattern: ListPattern): Generator<ProbeListing> {
      for (const one of allFunctions(env)) {
        const full = nameInModule(one);
        if (pattern.matches(full) || pattern.matches(one.name)) yield { name: `${name}:${full}`, args: () => [] };
      }
    },
  });
}

function parse(shape: { name: string; forms: readonly string[] }, input: ProbeInput): Target | undefined {
  const target = functionTarget(shape, input);
  if (!target) return undefined;
  if (!target.module && /^[0-9]/.test(target.name.text)) return addressTarget(shape.name, input);
  const { name, offset } = splitOffset(target.name);
  if (offset === undefined) return { kind: 'function', module: target.module, name, offset: 0 };
  const value = integerValue(offset);
  const report = (message: string) => input.diagnostics.error('attach-point', message, target.name.span);
  if (shape.name === 'kretprobe') return void report('Offset not allowed');
  if (isPattern({ module: target.module, name })) return void report('An offset and a wildcard exclude each other');
  if (typeof value !== 'bigint' || value > 0xffff_ffffn) return void report(`Invalid offset: ${offset}`);
  return { kind: 'function', module: target.module, name, offset: Number(value) };
}

function addressTarget(name: string, input: ProbeInput): Target | undefined {
  const address = integerValue(input.rest);
  const { diagnostics, span } = input;
  if (typeof address !== 'bigint') {
    diagnostics.error('attach-point', `Invalid address: ${input.rest}`, span);
    return undefined;
  }
  if (input.options.unsafe) return { kind: 'address', address };
  diagnostics
    .error('unsafe', `${name}:${input.rest} is unsafe. To use you need the --unsafe flag`, span)
    .hint('a probe in the middle of an instruction crashes the kernel');
  return undefined;
}

function matchName(
  kind: string,
  target: FunctionTarget & { readonly offset: number },
  env: Environment,
  input: ProbeInput,
  context: ProbeContext,
): Match[] {
  const symbol = target.name.text;
  const module = target.module?.text;
  if (!isKnown(symbol, module, env)) {
    if (module !== undefined) return [];
    const reason = 'either non-existing, inlined, or marked as "notrace"';
    const message = `${symbol} is not traceable (${reason}); attaching to it will likely fail`;
    const report = input.diagnostics.warning('not-traceable', message, input.span);
    const meant = nearestFunction(target, env);
    if (meant !== undefined) report.hint(`did you mean '${meant}'?`);
  }
  const attach = {
    kind: 'kprobe',
    symbol,
    offset: target.offset,
    returns: context.kind === 'registers' && context.returns,
    ...(module !== undefined && module !== VMLINUX ? { module } : {}),
  } as const;
  return [{ name: `${kind}:${input.rest}`, attach, context, shared: 'kprobe' }];
}

/** Whether the machine knows the function as one that can be traced. BTF is asked first, because it is quick. */
function isKnown(name: string, module: string | undefined, env: Environment): boolean {
  if (btfOfFunction(name, module, env)) return true;
  const traceable = env.traceableFunctions();
  if (!traceable) return env.kernelSymbol(name) !== undefined;
  return traceable.some((one) => one.name === name && (module === undefined || (one.module ?? VMLINUX) === module));
}

function matchPattern(
  kind: string,
  target: FunctionTarget,
  env: Environment,
  uses: ProbeUses,
  context: ProbeContext,
): Match[] {
  const functions = selectFunctions(target, env);
  const returns = context.kind === 'registers' && context.returns;
  const names = functions.map((one) => `${kind}:${nameInModule(one)}`);
  if (functions.length > 1 && !uses.names.has('probe') && hasMulti(env)) {
    const symbols = functions.map((one) => one.name);
    const attach = { kind: 'kprobe-multi', symbols, returns } as const;
    const program = { kind: 'kprobe', attachKind: 'trace_kprobe_multi' };
    return [{ name: names[0]!, names, attach, context, program }];
  }
  return functions.map(({ name, module }, index) => {
    const place = { symbol: name, offset: 0, ...(module ? { module } : {}) };
    const attach = { kind: 'kprobe', ...place, returns, selected: true } as const;
    return { name: names[index]!, attach, context, shared: 'kprobe' };
  });
}

function hasMulti(env: Environment): boolean {
  return atLeast(env.kernel, MULTI_SINCE) && env.kernelSymbol(FPROBE_SYMBOL) !== undefined;
}

export const kprobe = functionProbe({
  name: 'kprobe',
  alias: 'k',
  forms: ['[module:]function[+offset]', 'address'],
  doc: 'The entry of a kernel function, with its arguments as arg0 to arg5.',
});

export const kretprobe = functionProbe({
  name: 'kretprobe',
  alias: 'kr',
  forms: ['[module:]function'],
  doc: 'The return of a kernel function, with its result in retval.',
});
