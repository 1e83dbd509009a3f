// The settings of a script: the config block, and environment variables above it. One table says what there is; the
// typed settings, the messages and the documentation come from it.

import type { DiagnosticBuilder, Diagnostics } from '../../base/diagnostic.ts';
import type { Span } from '../../base/source.ts';
import { nearest } from '../../base/text.ts';
import type { ConfigEntry } from './ast.ts';
import { integerValue } from './parse/literals.ts';

/** How a value is written, what it is when it is not, and what it is for. */
export interface Setting<T> {
  readonly initial: T;
  readonly doc: string;
  /** The value of a text, or what is expected instead. */
  readonly read: (text: string) => { readonly value: T } | { readonly expected: string };
}

function word<const T extends string>(words: readonly T[], initial: NoInfer<T>, doc: string): Setting<T> {
  const read = (text: string) => {
    const value = words.find((one) => one.toLowerCase() === text.toLowerCase());
    return value === undefined ? { expected: `Valid values: ${words.join(', ')}` } : { value };
  };
  return { initial, doc, read };
}

const TRUE = ['1', 'true', 'on', 'yes'];
const FALSE = ['0', 'false', 'off', 'no'];

function flag(initial: boolean, doc: string): Setting<boolean> {
  const read = (text: string) => {
    if (TRUE.includes(text.toLowerCase())) return { value: true };
    if (FALSE.includes(text.toLowerCase())) return { value: false };
    return { expected: `Valid values: ${[...TRUE, ...FALSE].join(', ')}` };
  };
  return { initial, doc, read };
}

function number(initial: number, doc: string, maximum = 0xffff_ffff): Setting<number> {
  const read = (text: string) => {
    const value = /^[0-9]/.test(text) ? integerValue(text) : undefined;
    if (typeof value === 'bigint' && value <= BigInt(maximum)) return { value: Number(value) };
    return { expected: `Valid values: 0 to ${maximum}` };
  };
  return { initial, doc, read };
}

function text(initial: string, doc: string): Setting<string> {
  return { initial, doc, read: (value) => ({ value }) };
}

const UNSTABLE = ['error', 'warn', 'enable'] as const;

/** Licences that the kernel takes as compatible with the GPL (include/linux/license.h). */
const LICENSES = [
  'Dual MIT/GPL',
  'Dual BSD/GPL',
  'Dual MPL/GPL',
  'GPL and additional rights',
  'GPL v2',
  'GPL',
] as const;

export const settings = {
  cache_user_symbols: word(
    ['PER_PROGRAM', 'PER_PID', 'NONE'],
    'PER_PID',
    'For bpftrace; no effect here: symbols are kept for each process.',
  ),
  cpp_demangle: flag(true, 'Print C++ and Rust names as they are written in the source.'),
  lazy_symbolication: flag(true, 'For bpftrace; no effect here: user symbols are looked up when they are printed.'),
  license: word(LICENSES, 'GPL', 'The licence that the programs declare to the kernel.'),
  log_size: number(1_000_000, "For bpftrace; no effect here: the verifier's log is always whole."),
  max_bpf_progs: number(1024, 'How many programs a script may become.'),
  max_cat_bytes: number(10_240, 'How much of a file cat() prints.'),
  max_map_keys: number(4096, 'How many keys a map can hold that is not declared.'),
  max_probes: number(1024, 'How many places may be attached.'),
  max_strlen: number(1024, 'Bytes that str(), buf() and path() keep.', 1 << 20),
  missing_probes: word(['error', 'warn', 'ignore'], 'error', 'What happens when a probe cannot be attached.'),
  on_stack_limit: number(32, 'For bpftrace; no effect here: the compiler knows what fits the stack.'),
  perf_rb_pages: number(0, 'Pages of the ring buffer; 0 chooses by the memory of the machine.', 1 << 18),
  print_maps_on_exit: flag(true, 'Print all maps at the end.'),
  show_debug_info: flag(true, 'For bpftrace; no effect here: stacks have names, not lines.'),
  use_blazesym: flag(true, 'For bpftrace; no effect here: there is one symbolizer.'),
  stack_mode: word(['bpftrace', 'perf', 'raw', 'build_id'], 'bpftrace', 'How stacks are printed.'),
  str_trunc_trailer: text('..', 'What follows a string that was cut.'),
  unstable_import_statement: word(UNSTABLE, 'error', 'For bpftrace; no effect here: there are no imports.'),
  unstable_tseries: word(UNSTABLE, 'warn', 'Whether tseries() may be used.'),
  unstable_typeinfo: word(UNSTABLE, 'error', 'Whether typeinfo() may be used.'),
  unstable_dw_ustack: word(UNSTABLE, 'warn', 'For bpftrace; no effect here: there is no dw_ustack().'),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Table = typeof settings;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;

export type SettingName = keyof Table;

/** The settings by name in camel case: `maxStrlen`. */
export type ScriptSettings = { readonly [K in SettingName as Camel<K>]: ValueOf<Table[K]> };

const RENAMED: Readonly<Record<string, SettingName>> = {
  strlen: 'max_strlen',
  no_cpp_demangle: 'cpp_demangle',
  cat_bytes_max: 'max_cat_bytes',
  map_keys_max: 'max_map_keys',
};

/** Settings of bpftrace whose matter is decided otherwise here; a script that sets one is told. */
const DECIDED: ReadonlySet<string> = new Set<SettingName>([
  ...(['cache_user_symbols', 'lazy_symbolication', 'log_size'] as const),
  ...(['on_stack_limit', 'show_debug_info', 'use_blazesym'] as const),
  ...(['unstable_import_statement', 'unstable_dw_ustack'] as const),
]);

/** Accepted, so that scripts that set them still run. */
const WITHOUT_EFFECT = new Set([
  ...['symbol_source', 'max_type_res_iterations'],
  ...['unstable_addr', 'unstable_import', 'unstable_macro', 'unstable_map_decl'],
]);

const PREFIXES = ['bpftrace_', 'beetrace_'];

/** Where a setting was made, for its messages. */
interface Origin {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly span?: Span;
  readonly valueSpan?: Span;
}

/**
 * The settings of a script. `environment` holds BPFTRACE_KEY and BEETRACE_KEY; they go before the config block. Reports
 * what is not known and what has no such value.
 */
export function readSettings(
  entries: readonly ConfigEntry[],
  environment: Readonly<Record<string, string | undefined>>,
  diagnostics: Diagnostics,
): ScriptSettings {
  const values = new Map<string, unknown>();
  for (const entry of entries) {
    apply(values, { ...entry, name: withoutPrefix(entry.key) }, diagnostics);
  }
  for (const [key, value] of Object.entries(environment)) {
    const name = withoutPrefix(key);
    if (value === undefined || name === key.toLowerCase()) continue;
    // Other variables with the prefix are none of the script's business.
    if (Object.hasOwn(settings, name) || Object.hasOwn(RENAMED, name)) apply(values, { key, name, value }, diagnostics);
  }
  const entriesOf = Object.entries(settings).map(([name, { initial }]) => [camel(name), values.get(name) ?? initial]);
  return Object.fromEntries(entriesOf) as ScriptSettings;
}

/** The settings when nothing is set. */
export const DEFAULT_SETTINGS: ScriptSettings = Object.fromEntries(
  Object.entries(settings).map(([name, { initial }]) => [camel(name), initial]),
) as ScriptSettings;

/** The value of a setting by the name that scripts use: `config.max_strlen`. */
export function settingValue(of: ScriptSettings, name: string): string | number | boolean | undefined {
  return Object.hasOwn(settings, name)
    ? (of as Readonly<Record<string, string | number | boolean>>)[camel(name)]
    : undefined;
}

function apply(values: Map<string, unknown>, origin: Origin, diagnostics: Diagnostics): void {
  const { name, key, value } = origin;
  if (!Object.hasOwn(settings, name)) {
    unknown(origin, diagnostics);
    return;
  }
  const result: { value: unknown } | { expected: string } = settings[name as SettingName].read(value);
  if ('value' in result) {
    values.set(name, result.value);
    if (DECIDED.has(name)) diagnostics.warning('config-no-effect', `${key} has no effect in beetrace`, origin.span);
  } else {
    const message = `Invalid value for ${key}. Found: ${value}. ${result.expected}`;
    diagnostics.error('config-value', message, origin.valueSpan);
  }
}

function unknown({ key, name, span }: Origin, diagnostics: Diagnostics): void {
  if (WITHOUT_EFFECT.has(name)) {
    diagnostics.warning('config-no-effect', `${key} has no effect and may be removed`, span);
    return;
  }
  const renamed = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
  if (renamed !== undefined) {
    report(diagnostics, `${key} was renamed to ${renamed}`, span).hint(`set ${renamed} instead`);
    return;
  }
  const meant = nearest(name, Object.keys(settings));
  const builder = report(diagnostics, `${key}: not a known configuration option`, span);
  if (meant !== undefined) builder.hint(`did you mean '${meant}'?`);
}

function report(diagnostics: Diagnostics, message: string, span: Span | undefined): DiagnosticBuilder {
  return diagnostics.error('config-key', message, span);
}

/** Keys ignore case and may begin with BPFTRACE_ or BEETRACE_. */
function withoutPrefix(key: string): string {
  const name = key.toLowerCase();
  const prefix = PREFIXES.find((one) => name.startsWith(one));
  return prefix === undefined ? name : name.slice(prefix.length);
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
