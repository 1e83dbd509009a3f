// rawtracepoint: tracepoints with the arguments of the kernel's own call, before they are copied into a record. Cheaper
// than tracepoint. Typed arguments come from BTF's `btf_trace_EVENT` (kernel 5.5); untyped ones need no BTF.

import { nearest, wildcard } from '../../../base/text.ts';
import { type Btf, typeName } from '../../../btf/index.ts';
import type { Environment } from '../../../compiler/environment.ts';
import {
  checkModule,
  declares,
  type FunctionTarget,
  functionTarget,
  isPattern,
  nameInModule,
  VMLINUX,
} from './function-names.ts';
import { type ListPattern, type Match, type ProbeListing, type ProbeUses, probeKind, type TypedValue } from './kind.ts';

interface RawEvent {
  readonly name: string;
  readonly module?: string;
}

const PREFIX = 'btf_trace_';
const shape = { name: 'rawtracepoint', forms: ['[module:]event'] };

/**
 * The prototype behind `btf_trace_EVENT` has no names. The functions that the TRACE_EVENT macros make have them; which of
 * these are in BTF depends on the kernel (`__probestub_` since 6.6), and classes of events have some only once.
 */
const NAMED_BY = ['__probestub_', '__bpf_trace_', '__traceiter_', 'perf_trace_', 'trace_event_raw_event_'];

/** What only programs of the tracing type can call. */
const TYPED_ONLY = ['skboutput', 'socket_cookie'];

export const rawtracepoint = probeKind<FunctionTarget>({
  ...shape,
  aliases: ['rt'],
  doc: "The kernel's static events with the arguments as the kernel passes them, in args or arg0, arg1, ...",
  program: { kind: 'raw_tracepoint' },
  space: 'kernel',
  wildcards: true,
  allows: ['args', 'argN', 'ctx', 'skboutput', 'socket_cookie'],
  returns: 0,
  pidFilter: 'program',
  parse: (input) => functionTarget(shape, input),
  match(target, env, input, uses) {
    if (!env.btf()) return target.module || isPattern(target) ? [] : [untyped({ name: target.name.text })];
    if (target.module && !isPattern(target) && !isLoaded(target.module.text, env)) return [];
    if (!checkModule('rawtracepoint', target, env, input)) return [];
    return selected(target, env).map((event) => matchOf(event, env, uses));
  },
  suggest: ({ name }, env) =>
    nearest(
      name.text,
      Array.from(allEvents(env), (event) => event.name),
    ),
  *list(env, pattern: ListPattern): Generator<ProbeListing> {
    for (const event of allEvents(env)) {
      const full = nameInModule(event);
      if (!pattern.matches(full) && !pattern.matches(event.name)) continue;
      yield { name: `rawtracepoint:${full}`, args: () => params(event, env).map(line) };
    }
  },
});

function isLoaded(module: string, env: Environment): boolean {
  return module === VMLINUX || env.modules().includes(module);
}

function selected(target: FunctionTarget, env: Environment): RawEvent[] {
  const { module, name } = target;
  if (!isPattern(target)) {
    const modules = module ? [module.text] : [VMLINUX, ...env.modules()];
    const found = modules.find((one) => declares(btfOf(one, env), `${PREFIX}${name.text}`, 'typedef'));
    if (found === undefined) return [];
    return [{ name: name.text, ...(found === VMLINUX ? {} : { module: found }) }];
  }
  const named = wildcard(name.text);
  const inModule = module ? wildcard(module.text) : () => true;
  return [...allEvents(env)].filter((event) => named(event.name) && inModule(event.module ?? VMLINUX));
}

function btfOf(module: string | undefined, env: Environment): Btf | undefined {
  return module === undefined || module === VMLINUX ? env.btf() : env.moduleBtf(module);
}

function* allEvents(env: Environment): Generator<RawEvent> {
  for (const name of env.btf()?.names('typedef') ?? []) {
    if (name.startsWith(PREFIX)) yield { name: name.slice(PREFIX.length) };
  }
  for (const module of env.modules()) {
    for (const name of env.moduleBtf(module)?.names('typedef') ?? []) {
      if (name.startsWith(PREFIX)) yield { name: name.slice(PREFIX.length), module };
    }
  }
}

function matchOf(event: RawEvent, env: Environment, uses: ProbeUses): Match {
  const typed = uses.args || uses.fields.size > 0 || TYPED_ONLY.some((word) => uses.names.has(word));
  if (!typed) return untyped(event);
  return {
    name: `rawtracepoint:${nameInModule(event)}`,
    attach: attachmentOf(event),
    context: { kind: 'raw-tracepoint', params: params(event, env) },
    program: { kind: 'tracing', attachKind: 'trace_raw_tp' },
  };
}

/** One program for any number of events: it reads nothing by type. */
function untyped(event: RawEvent): Match {
  const context = { kind: 'raw-tracepoint', params: undefined } as const;
  return { name: `rawtracepoint:${nameInModule(event)}`, attach: attachmentOf(event), context, shared: 'raw' };
}

function attachmentOf({ name, module }: RawEvent) {
  return { kind: 'raw-tracepoint', event: name, ...(module === undefined ? {} : { module }) } as const;
}

/** The arguments of an event; the first of the prototype is the tracer's own data, which programs do not see. */
function params({ name, module }: RawEvent, env: Environment): TypedValue[] {
  const btf = btfOf(module, env);
  const type = btf?.find(`${PREFIX}${name}`, 'typedef');
  const prototype = btf && type && btf.prototypeOf(type.id);
  if (!prototype) return [];
  const named = NAMED_BY.map((prefix) => btf.func(`${prefix}${name}`)?.params).find((one) => one !== undefined);
  return prototype.params.slice(1).map((param, index) => {
    const found = param.name || named?.[index + 1]?.name;
    return { name: found || `arg${index}`, btf, type: param.type };
  });
}

function line({ btf, type, name }: TypedValue): string {
  return `${typeName(btf, type)} ${name}`;
}
