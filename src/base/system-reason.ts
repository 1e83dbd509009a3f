// Why the operating system refused something, in the words that people know from other programs.

import { ERROR_TEXTS } from './errno.ts';

/** The reason in an error of Node's, as strerror(3) gives it; other errors keep their message. */
export function systemReason(error: unknown): string {
  const { errno, message } = error as { errno?: number; message: string };
  return (errno === undefined ? undefined : ERROR_TEXTS[-errno]?.[1]) ?? message;
}
