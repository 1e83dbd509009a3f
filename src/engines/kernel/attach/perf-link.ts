// Ties a program to perf events that are open already: with links where the kernel has them (5.15), because they carry a
// cookie and can be seen by bpftool, else with the older ioctl.

import { attachKindId } from '../../../isa/index.ts';
import type { LoadedProgram } from '../programs.ts';
import { linkCreate } from '../sys/bpf.ts';
import { perfEnable, perfSetProgram } from '../sys/perf.ts';
import { type AttachContext, type Attachment, openAll } from './attach.ts';

/** Attaches the program to all events with one cookie or one for each, or closes them. */
export function linkEvents(
  { sys, features }: AttachContext,
  program: LoadedProgram,
  events: readonly number[],
  cookie: number | readonly number[],
): Attachment {
  const cookieOf = (index: number): number => (typeof cookie === 'number' ? cookie : cookie[index]!);
  try {
    if (features.has('perf-link')) {
      const links = openAll(sys, events.entries(), ([index, event]) => {
        return linkEvent(sys, program.fd, event, cookieOf(index));
      });
      return { links, events };
    }
    for (const event of events) {
      perfSetProgram(sys, event, program.fd);
      perfEnable(sys, event);
    }
    return { links: events };
  } catch (error) {
    for (const event of events) sys.close(event);
    throw error;
  }
}

function linkEvent(sys: AttachContext['sys'], program: number, event: number, cookie: number): number {
  const rest = (attr: Parameters<NonNullable<Parameters<typeof linkCreate>[1]['rest']>>[0]): void => {
    attr.u64(BigInt(cookie));
  };
  return linkCreate(sys, { program, target: event, attachType: attachKindId('perf_event'), rest });
}
