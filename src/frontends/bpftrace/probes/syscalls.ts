// Many events of system calls as one: attaching hundreds of tracepoints one by one takes seconds, while the two raw
// tracepoints sys_enter and sys_exit, through which all of them pass, are attached at once; the program looks up whether
// the call is one of those that were asked for.

import { atLeast, type Environment } from '../../../compiler/environment.ts';
import type { TracepointField } from '../../../tracefs/index.ts';
import type { ProbeUses, SyscallField } from './kind.ts';
import type { PlacedMatch } from './plan.ts';

type Phase = 'enter' | 'exit';

/** Until then the tracepoints of system calls give their programs the registers of user space, where no kernel stack is. */
const STACKS_SINCE = '6.12';

/** The matches with those of several system calls joined, where what the probe reads allows it. */
export function joinSyscalls(matches: readonly PlacedMatch[], uses: ProbeUses, env: Environment): PlacedMatch[] {
  return joinPhase(joinPhase(matches, 'enter', uses, env), 'exit', uses, env);
}

function joinPhase(matches: readonly PlacedMatch[], phase: Phase, uses: ProbeUses, env: Environment): PlacedMatch[] {
  const events = new Map<string, PlacedMatch>();
  for (const match of matches) {
    const name = syscallOf(match, phase);
    if (name !== undefined && env.syscalls().has(name)) events.set(name, match);
  }
  const stackless = uses.names.has('kstack') && !atLeast(env.kernel, STACKS_SINCE);
  const fields = events.size > (stackless ? 0 : 1) ? commonFields([...events.values()], phase, uses) : undefined;
  if (!fields) return [...matches];
  const members = new Set(events.values());
  const [first] = members;
  const joined: PlacedMatch = {
    kind: first!.kind,
    name: first!.name,
    names: [...members].map((match) => match.name),
    attach: { kind: 'syscalls', phase, syscalls: [...events.keys()] },
    context: { kind: 'syscalls', phase, fields },
    program: { kind: 'raw_tracepoint' },
  };
  return matches.flatMap((match) => (match === first ? [joined] : members.has(match) ? [] : [match]));
}

/** What follows `sys_enter_` or `sys_exit_` in the name of the event. */
function syscallOf({ attach }: PlacedMatch, phase: Phase): string | undefined {
  if (attach.kind !== 'tracepoint' || attach.category !== 'syscalls') return undefined;
  const prefix = `sys_${phase}_`;
  return attach.event.startsWith(prefix) ? attach.event.slice(prefix.length) : undefined;
}

/** The fields that the probe reads, when they are the same in all events; undefined when it must see single events. */
function commonFields(events: readonly PlacedMatch[], phase: Phase, uses: ProbeUses): SyscallField[] | undefined {
  if (uses.args || uses.names.has('ctx')) return undefined;
  const fields: SyscallField[] = [];
  for (const name of uses.fields) {
    const places = events.map((event) => fieldOf(event, name, phase));
    const [first] = places;
    if (!first || !places.every((place) => place && sameField(place, first))) return undefined;
    fields.push(first);
  }
  return fields;
}

/** struct syscall_trace_enter and syscall_trace_exit, kernel/trace/trace.h: an int nr at 8, then unsigned longs from 16. */
const NUMBER_OFFSET = 8;
const FIRST_OFFSET = 16;

function fieldOf({ context }: PlacedMatch, name: string, phase: Phase): SyscallField | undefined {
  if (context.kind !== 'tracepoint') return undefined;
  const field = context.format.fields.find((one) => one.name === name && !one.common);
  if (!field) return undefined;
  const place = placeOf(field, phase);
  if (place === undefined) return undefined;
  const { declaration, type, size, signed } = field;
  return { name, place, declaration, type, size, signed };
}

function placeOf(field: TracepointField, phase: Phase): SyscallField['place'] | undefined {
  if (field.offset === NUMBER_OFFSET) return 'number';
  if (field.offset < FIRST_OFFSET || field.offset % 8 !== 0) return undefined;
  return phase === 'exit' ? 'result' : (field.offset - FIRST_OFFSET) / 8;
}

function sameField(a: SyscallField, b: SyscallField): boolean {
  return a.place === b.place && a.type === b.type && a.size === b.size && a.signed === b.signed;
}
