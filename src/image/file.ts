// An Image as a file: one line that says what it is, then JSON in which bytes and 64-bit numbers are marked, so that it
// can be read with any editor and compared line by line.

import { fromHex, toHex, utf8Bytes } from '../base/bytes.ts';
import { TraceError } from '../base/error.ts';
import type { Image } from './image.ts';
import { validateImage } from './validate.ts';

const MAGIC = 'beetrace-image ';
/** Raised when the layout of Image changes. */
export const IMAGE_VERSION = 1;

/** Whether the bytes begin like an Image file. */
export function isImageFile(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && [...MAGIC].every((letter, index) => bytes[index] === letter.charCodeAt(0));
}

/** The bytes of an Image file; `readImage` gives back an equal Image. */
export function writeImage(image: Image): Uint8Array {
  return utf8Bytes(`${MAGIC}${image.version}\n${JSON.stringify(image, encode, 1)}\n`);
}

/**
 * The Image in a file.
 * @throws TraceError `ERR_IMAGE` when the bytes are not an Image of this version, or one that makes no sense.
 */
export function readImage(bytes: Uint8Array): Image {
  if (!isImageFile(bytes)) throw new TraceError('ERR_IMAGE', 'This is not an image file of beetrace.');
  const text = new TextDecoder().decode(bytes);
  const newline = text.indexOf('\n');
  const version = text.slice(MAGIC.length, newline);
  if (version !== String(IMAGE_VERSION)) {
    throw new TraceError(
      'ERR_IMAGE',
      `This image has layout version ${version}; this beetrace reads ${IMAGE_VERSION}.`,
      {
        hints: ['Build the image again from its script with this version of beetrace.'],
      },
    );
  }
  const image = parse(text.slice(newline + 1));
  const problem = validateImage(image);
  if (problem) throw new TraceError('ERR_IMAGE', `The image is damaged: ${problem}.`);
  return image as Image;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, decode);
  } catch (cause) {
    throw new TraceError('ERR_IMAGE', 'The image is damaged: it is cut short or was edited.', { cause });
  }
}

function encode(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (typeof value === 'bigint') return { $int: value.toString() };
  return value;
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$bytes' in value) {
    const bytes = fromHex(String(value.$bytes));
    if (!bytes) throw new SyntaxError('bytes that are not hexadecimal');
    return bytes;
  }
  return '$int' in value ? BigInt(String(value.$int)) : value;
}
