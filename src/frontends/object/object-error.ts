// What is wrong with an object file.

import { TraceError } from '../../base/error.ts';

/** An object that cannot be read; the message is one sentence. */
export function objectError(message: string, ...hints: readonly string[]): TraceError {
  return new TraceError('ERR_OBJECT', message, { hints });
}
