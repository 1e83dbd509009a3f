// The command of -c: started at once so that its process id is known, but stopped before it executes anything of its
// own; it goes on when all probes are attached.

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TraceError } from '../base/error.ts';

export interface Child {
  readonly pid: number;
  /** Lets the command run. */
  resume(): void;
  /** Resolves with the exit code when it has ended (128 + n after signal n). */
  readonly exited: Promise<number>;
  /** Ends it if it still runs. Idempotent. */
  terminate(): void;
}

/** Stops itself, then becomes the command under the same process id. */
const STOP_THEN_EXECUTE = 'kill -STOP $$; exec "$@"';

/**
 * Starts a command, stopped.
 * @throws TraceError `ERR_COMMAND` when the words cannot be read or the program is not there.
 */
export async function startStopped(command: string): Promise<Child> {
  const words = splitWords(command);
  const program = findProgram(words[0]!, command);
  const child = spawn('/bin/sh', ['-c', STOP_THEN_EXECUTE, 'sh', program, ...words.slice(1)], { stdio: 'inherit' });
  const exited = exitOf(child);
  const pid = child.pid;
  if (pid === undefined) throw new TraceError('ERR_COMMAND', `The command '${command}' could not be started.`);
  await untilStopped(pid);
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  return {
    pid,
    exited,
    resume: () => void child.kill('SIGCONT'),
    terminate: () => {
      if (ended) return;
      ended = true;
      child.kill('SIGTERM');
      child.kill('SIGCONT');
    },
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}

async function untilStopped(pid: number): Promise<void> {
  for (;;) {
    const state = processState(pid);
    if (state === undefined || state === 'T' || state === 'Z') return;
    await sleep(1);
  }
}

/** The state letter of a process, or undefined when there is none. Source: proc_pid_stat(5). */
export function processState(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined;
  }
}

/** The words of a command line: white space separates, quotes and backslashes keep together, as in sh. */
export function splitWords(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < command.length; index++) {
    const letter = command[index]!;
    if (letter === '\\' && quote !== "'") {
      index++;
      word = (word ?? '') + (command[index] ?? '');
    } else if (quote !== '') {
      if (letter === quote) quote = '';
      else word += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + letter;
    }
  }
  if (quote !== '') throw new TraceError('ERR_COMMAND', `The command ${command} has a ${quote} that is not closed.`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new TraceError('ERR_COMMAND', 'The command of -c is empty.');
  return words;
}

function findProgram(name: string, command: string): string {
  const folders = name.includes('/')
    ? ['']
    : (process.env['PATH'] ?? '/usr/bin:/bin').split(':').map((one) => `${one}/`);
  for (const folder of folders) {
    try {
      accessSync(folder + name, constants.X_OK);
      return folder + name;
    } catch {
      // Not in this folder.
    }
  }
  throw new TraceError('ERR_COMMAND', `The program '${name}' of the command '${command}' was not found.`, {
    hints: ['Give a path, or a name that is in $PATH; -c runs a program, not a shell script line (use: sh -c "...").'],
  });
}
