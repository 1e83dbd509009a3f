// Opens perf events where they are to be counted: on every CPU, on one, or for the threads of one process.

import { readdirSync } from 'node:fs';
import { type PerfEvent, perfOpen } from '../sys/perf.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type AttachContext, cannotAttach, openAll } from './attach.ts';

const ALL_PROCESSES = -1;
const ANY_CPU = -1;

/** On every CPU that is online; with -p for each thread of the process, and for those that it starts later. */
export function openEverywhere(event: PerfEvent, context: AttachContext): number[] {
  const { targetPid } = context.options;
  if (targetPid !== undefined) return openForProcess(event, targetPid, context);
  return openAll(context.sys, context.platform.onlineCpus, (cpu) => open(event, ALL_PROCESSES, cpu, context));
}

/** On the first CPU that is online. */
export function openOnOneCpu(event: PerfEvent, context: AttachContext): number[] {
  return [open(event, ALL_PROCESSES, context.platform.onlineCpus[0]!, context)];
}

/** An event belongs to one thread, and children of a thread inherit it. */
export function openForProcess(event: PerfEvent, pid: number, context: AttachContext): number[] {
  const inherited = { ...event, inherit: true };
  return openAll(context.sys, threads(pid), (thread) => open(inherited, thread, ANY_CPU, context));
}

function threads(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    throw cannotAttach(`there is no process ${pid}`);
  }
}

function open(event: PerfEvent, pid: number, cpu: number, { sys }: AttachContext): number {
  try {
    return perfOpen(sys, event, pid, cpu);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENXIO')) {
      throw cannotAttach(
        'this machine has no such performance event',
        'virtual machines often have no hardware counters; software events and profile work everywhere',
      );
    }
    if (isErrno(error, 'EMFILE')) {
      throw cannotAttach('the limit of open files is reached', 'raise it: ulimit -n 65536');
    }
    throw error;
  }
}
