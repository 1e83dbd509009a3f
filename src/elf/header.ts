// The header of an ELF file and its two tables, segments and sections.

import { cString } from '../base/bytes.ts';
import { TraceError } from '../base/error.ts';
import type { ElfHeader, Section, Segment } from './format.ts';
import type { ByteSource } from './source.ts';

const MAGIC = 0x464c457f;
const LITTLE_ENDIAN = 1;

export function malformedElf(reason: string): TraceError {
  return new TraceError('ERR_ELF_MALFORMED', `the file cannot be read as ELF: ${reason}`);
}

/** Exactly `length` bytes, or an error. */
export function readExactly(source: ByteSource, offset: number, length: number): DataView {
  if (offset + length > source.size) throw malformedElf('it ends too early');
  const bytes = source.read(offset, length);
  if (bytes.length < length) throw malformedElf('it ends too early');
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

/** Whether a file starts as ELF files do. */
export function isElf(source: ByteSource): boolean {
  return source.size >= 52 && readExactly(source, 0, 4).getUint32(0, true) === MAGIC;
}

export function readHeader(source: ByteSource): ElfHeader {
  if (!isElf(source)) throw malformedElf('it does not start with the magic number');
  const ident = readExactly(source, 0, 16);
  if (ident.getUint8(5) !== LITTLE_ENDIAN) throw malformedElf('it is big-endian');
  const is64 = ident.getUint8(4) === 2;
  const view = readExactly(source, 0, is64 ? 64 : 52);
  const tail = is64 ? 52 : 40;
  const header = {
    is64,
    type: view.getUint16(16, true),
    machine: view.getUint16(18, true),
    entry: is64 ? view.getBigUint64(24, true) : BigInt(view.getUint32(24, true)),
    segmentOffset: is64 ? Number(view.getBigUint64(32, true)) : view.getUint32(28, true),
    sectionOffset: is64 ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true),
    segmentSize: view.getUint16(tail + 2, true),
    segmentCount: view.getUint16(tail + 4, true),
    sectionSize: view.getUint16(tail + 6, true),
    sectionCount: view.getUint16(tail + 8, true),
    sectionNames: view.getUint16(tail + 10, true),
  };
  const least = is64 ? { segment: 56, section: 64 } : { segment: 32, section: 40 };
  if (header.segmentCount > 0 && header.segmentSize < least.segment) throw malformedElf('its segments are too short');
  if (header.sectionOffset > 0 && header.sectionSize < least.section) throw malformedElf('its sections are too short');
  return header.sectionOffset > 0 && header.sectionCount === 0 ? withExtendedCounts(source, header) : header;
}

/** Files with 65,280 sections or more keep the counts that do not fit the header in the first section. */
function withExtendedCounts(source: ByteSource, header: ElfHeader): ElfHeader {
  const view = readExactly(source, header.sectionOffset, header.is64 ? 64 : 40);
  const sectionCount = header.is64 ? Number(view.getBigUint64(32, true)) : view.getUint32(20, true);
  const link = view.getUint32(header.is64 ? 40 : 24, true);
  return { ...header, sectionCount, sectionNames: header.sectionNames === 0xffff ? link : header.sectionNames };
}

export function readSegments(source: ByteSource, header: ElfHeader): Segment[] {
  const { is64, segmentCount, segmentSize, segmentOffset } = header;
  if (segmentCount === 0) return [];
  const view = readExactly(source, segmentOffset, segmentCount * segmentSize);
  return Array.from({ length: segmentCount }, (_, index) => {
    const at = index * segmentSize;
    if (is64) {
      return {
        type: view.getUint32(at, true),
        flags: view.getUint32(at + 4, true),
        offset: Number(view.getBigUint64(at + 8, true)),
        address: view.getBigUint64(at + 16, true),
        fileSize: Number(view.getBigUint64(at + 32, true)),
        memorySize: Number(view.getBigUint64(at + 40, true)),
      };
    }
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 4, true),
      address: BigInt(view.getUint32(at + 8, true)),
      fileSize: view.getUint32(at + 16, true),
      memorySize: view.getUint32(at + 20, true),
    };
  });
}

export function readSections(source: ByteSource, header: ElfHeader): Section[] {
  const { sectionCount, sectionSize, sectionOffset } = header;
  if (sectionCount === 0 || sectionOffset === 0) return [];
  const view = readExactly(source, sectionOffset, sectionCount * sectionSize);
  const raw = Array.from({ length: sectionCount }, (_, index) => readSection(view, index, header));
  const names = raw[header.sectionNames];
  if (!names) return raw.map(({ section }) => section);
  const strings = readExactly(source, names.section.offset, names.section.size);
  const bytes = new Uint8Array(strings.buffer, strings.byteOffset, strings.byteLength);
  return raw.map(({ section, nameOffset }) => ({ ...section, name: cString(bytes, nameOffset) }));
}

function readSection(view: DataView, index: number, header: ElfHeader): { section: Section; nameOffset: number } {
  const at = index * header.sectionSize;
  const nameOffset = view.getUint32(at, true);
  const type = view.getUint32(at + 4, true);
  if (header.is64) {
    const section = {
      index,
      name: '',
      type,
      flags: Number(view.getBigUint64(at + 8, true)),
      address: view.getBigUint64(at + 16, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      size: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
      alignment: Number(view.getBigUint64(at + 48, true)),
      entrySize: Number(view.getBigUint64(at + 56, true)),
    };
    return { section, nameOffset };
  }
  const section = {
    index,
    name: '',
    type,
    flags: view.getUint32(at + 8, true),
    address: BigInt(view.getUint32(at + 12, true)),
    offset: view.getUint32(at + 16, true),
    size: view.getUint32(at + 20, true),
    link: view.getUint32(at + 24, true),
    info: view.getUint32(at + 28, true),
    alignment: view.getUint32(at + 32, true),
    entrySize: view.getUint32(at + 36, true),
  };
  return { section, nameOffset };
}
