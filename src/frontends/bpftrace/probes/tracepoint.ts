// tracepoint: the kernel's static events by category and name, with typed fields.

import { nearest, wildcard } from '../../../base/text.ts';
import { atLeast, type Environment } from '../../../compiler/environment.ts';
import type { TracepointName } from '../../../tracefs/index.ts';
import { type ListPattern, type Match, type Part, type ProbeListing, type ProbeUses, probeKind } from './kind.ts';
import { hasWildcard, wrongParts } from './parts.ts';

interface Target {
  readonly category: Part;
  readonly event: Part;
}

const shape = { name: 'tracepoint', forms: ['category:event'] };

export const tracepoint = probeKind<Target>({
  ...shape,
  aliases: ['t'],
  doc: "The kernel's static events, with the fields of their records in args.",
  program: { kind: 'tracepoint' },
  space: 'kernel',
  wildcards: true,
  allows: ['args', 'ctx'],
  // With 0 the kernel drops the event for perf's own users of this tracepoint.
  returns: 1,
  pidFilter: 'program',
  parse(input) {
    const [category, event, ...more] = input.parts;
    if (!category?.text || !event?.text || more.length > 0) return wrongParts(shape, input, '2');
    return { category, event };
  },
  match(target, env, _input, uses) {
    return selected(target, env).flatMap(({ category, name }) => matchOf(env, category, name, uses) ?? []);
  },
  suggest({ category, event }, env) {
    const names = env.tracepoints().map((one) => `${one.category}:${one.name}`);
    return nearest(`${category.text}:${event.text}`, names);
  },
  *list(env, pattern: ListPattern): Generator<ProbeListing> {
    for (const { category, name } of env.tracepoints()) {
      if (!pattern.matches(`${category}:${name}`)) continue;
      yield { name: `tracepoint:${category}:${name}`, args: () => fieldLines(env, category, name) };
    }
  },
});

/** Without wildcards nothing but the one format file is read. */
function selected({ category, event }: Target, env: Environment): readonly TracepointName[] {
  if (!hasWildcard(category.text) && !hasWildcard(event.text)) {
    const known = env.hasTracepoint(category.text, event.text);
    return known ? [{ category: category.text, name: event.text }] : [];
  }
  const inCategory = wildcard(category.text);
  const named = wildcard(event.text);
  return env.tracepoints().filter((one) => inCategory(one.category) && named(one.name));
}

function matchOf(env: Environment, category: string, event: string, uses: ProbeUses): Match | undefined {
  const name = `tracepoint:${category}:${event}`;
  const attach = { kind: 'tracepoint', category, event } as const;
  // What does not read fields is one program for all events, and needs no format file of each.
  if (uses.args || uses.fields.size > 0) {
    const format = env.tracepointFormat(category, event);
    return format && { name, attach, context: { kind: 'tracepoint', category, event, format } };
  }
  const match = { name, attach, context: { kind: 'tracepoints' } } as const;
  // The events of single system calls exist only as records.
  if (category === 'syscalls' || !canBeRaw(env, uses)) return { ...match, shared: 'tracepoint' };
  return { ...match, shared: 'raw tracepoint', program: { kind: 'raw_tracepoint' } };
}

/** Raw tracepoints have cookies, by which one program knows where it runs, since 6.10. */
const RAW_COOKIES_SINCE = '6.10';

/**
 * What does not look at the record can be attached as raw tracepoints, which takes a hundredth of the time. Kernel stacks
 * would show the frames of the BPF program on top.
 */
function canBeRaw(env: Environment, uses: ProbeUses): boolean {
  if (uses.names.has('ctx') || uses.names.has('kstack')) return false;
  return !uses.names.has('probe') || atLeast(env.kernel, RAW_COOKIES_SINCE);
}

function fieldLines(env: Environment, category: string, event: string): string[] {
  const format = env.tracepointFormat(category, event);
  return (format?.fields ?? []).filter((field) => !field.common).map((field) => field.declaration);
}
