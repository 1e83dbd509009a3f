// The kernel's printf for programs: which formats it takes and what they print. Kernel: bpf_bprintf_prepare() in
// kernel/bpf/helpers.c (5.10; %c and %pB 5.13) and lib/vsprintf.c.

import { EINVAL } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { readString } from './memory.ts';

/** MAX_BPRINTF_BUF: what one string argument may take. */
const MAX_STRING = 1024;

const SPECIFIER = /^%([0 +-]*)([1-9][0-9]*)?(?:(p[ku]s|p[iI][46]|p[KxsSB]?|s|c)|(l{0,2})([iduxX]))/;

/** The text (one character a byte), or -EINVAL for a format that the kernel refuses. Bytes above 127: Linux 6.16. */
export function formatText(machine: Machine, format: string, values: readonly bigint[]): string | number {
  let text = '';
  let used = 0;
  for (let at = 0; at < format.length; ) {
    const code = format.charCodeAt(at);
    const isText = (code >= 32 && code !== 127) || (code >= 9 && code <= 13);
    if (!isText) return -EINVAL;
    if (code !== 0x25) {
      text += format[at++];
      continue;
    }
    if (format[at + 1] === '%') {
      text += '%';
      at += 2;
      continue;
    }
    const found = SPECIFIER.exec(format.slice(at));
    if (!found || used >= values.length) return -EINVAL;
    at += found[0].length;
    const special = found[3];
    if (special !== undefined && ENDS_WORD.has(special) && !endsWord(format[at])) return -EINVAL;
    // Where the check does not look, letters behind a pointer are taken for more of its kind and swallowed.
    if (special?.startsWith('p')) while (/[0-9A-Za-z]/.test(format[at] ?? '')) at++;
    const shown = special === undefined ? number(found, values[used++]!) : pointer(machine, special, values[used++]!);
    if (typeof shown === 'number') return shown;
    text += padded(shown, found[1]!, Number(found[2] ?? 0), special === undefined);
  }
  return text;
}

/** Behind these only the end, a space or punctuation may stand. */
const ENDS_WORD: ReadonlySet<string> = new Set(['s', 'pks', 'pus', 'p']);

function endsWord(next: string | undefined): boolean {
  return next === undefined || /[\s!-/:-@[-`{-~]/.test(next);
}

function number([, flags = '', , , long = '', kind = '']: RegExpExecArray, value: bigint): string {
  const bits = long === '' ? 32 : 64;
  if (kind === 'x') return BigInt.asUintN(bits, value).toString(16);
  if (kind === 'X') return BigInt.asUintN(bits, value).toString(16).toUpperCase();
  if (kind === 'u') return BigInt.asUintN(bits, value).toString();
  const signed = BigInt.asIntN(bits, value);
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return signed < 0n ? signed.toString() : plus + signed.toString();
}

function pointer(machine: Machine, kind: string, value: bigint): string | number {
  switch (kind) {
    case 'c':
      return String.fromCharCode(Number(value & 0xffn));
    case 's':
      return stringAt(machine, 'either', value);
    case 'pks':
      return stringAt(machine, 'kernel', value);
    case 'pus':
      return stringAt(machine, 'user', value);
    case 'pi4':
    case 'pI4':
      return address4(machine, value, kind === 'pi4');
    case 'pi6':
    case 'pI6':
      return address6(machine, value, kind === 'pI6');
    case 'ps':
    case 'pS':
    case 'pB':
      return `0x${value.toString(16)}`;
    default:
      return value.toString(16).padStart(16, '0');
  }
}

function stringAt(machine: Machine, space: 'user' | 'kernel' | 'either', address: bigint): string {
  const bytes = readString(machine, space, address, MAX_STRING);
  return bytes ? String.fromCharCode(...bytes) : '';
}

function bytesAt(machine: Machine, address: bigint, count: number): Uint8Array {
  const at = Number(address);
  if (address >= 4096n && at + count <= machine.memory.length) return machine.memory.read(at, count);
  const bytes = new Uint8Array(count);
  return machine.event.memory?.read('kernel', address, bytes) ? bytes : new Uint8Array(count);
}

/** %pi4 has leading zeroes. */
function address4(machine: Machine, address: bigint, zeroes: boolean): string {
  const parts = [...bytesAt(machine, address, 4)].map(String);
  return parts.map((part) => (zeroes ? part.padStart(3, '0') : part)).join('.');
}

function address6(machine: Machine, address: bigint, colons: boolean): string {
  const bytes = [...bytesAt(machine, address, 16)].map((byte) => byte.toString(16).padStart(2, '0'));
  if (!colons) return bytes.join('');
  return Array.from({ length: 8 }, (_, at) => bytes[2 * at]! + bytes[2 * at + 1]!).join(':');
}

function padded(text: string, flags: string, width: number, isNumber: boolean): string {
  if (text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  if (!isNumber || !flags.includes('0')) return text.padStart(width);
  const sign = /^[+ -]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
