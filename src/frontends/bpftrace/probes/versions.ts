// What programs can ask the kernel about where they run, by version; before that, each place has a program of its own.

import { atLeast, type Environment } from '../../../compiler/environment.ts';

/** Attach cookies tell one program where it runs. Kernel 5.15 for tracepoints, kprobes and uprobes. */
export function hasCookies(env: Environment): boolean {
  return atLeast(env.kernel, '5.15');
}

/** bpf_get_func_ip tells the function also at its return, and in trampolines. Kernel 5.15. */
export function knowsFunction(env: Environment): boolean {
  return atLeast(env.kernel, '5.15');
}
