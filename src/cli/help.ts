// What `beetrace` and `beetrace --help` print. The first lines are examples that work.

import { OPTIONS } from './options.ts';

const EXAMPLES = `Examples:
  beetrace -e 'tracepoint:syscalls:sys_enter_openat { printf("%s %s\\n", comm, str(args.filename)); }'
      files that processes open
  beetrace -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'
      system calls by process; Ctrl-C prints the counts
  beetrace -e 'profile:hz:99 { @[kstack] = count(); }'
      where the kernel spends its time
  beetrace -l 'tracepoint:sched:*'
      probes to choose from
`;

/** The forms of the command. */
export const USAGE = `USAGE:
  beetrace [options] -e PROGRAM [parameter...]
  beetrace [options] FILE [parameter...] [-- --name=value...]
      FILE is a script, an image, or - for standard input
  beetrace build FILE -o IMAGE
      compile a script to an image that runs on other kernels
  beetrace filter EXPRESSION [-d | -r FILE.pcap | -i INTERFACE] [-w FILE.pcap]
      filter packets with the language of tcpdump
  beetrace run | verify | explain FILE
      run a BPF program on given bytes; say whether it is safe, and why: object files, assembly, bytes
  beetrace asm | disasm FILE
      assembly to bytes and back
`;

const GROUPS = { what: 'What to trace', how: 'How', output: 'Output', look: 'Look inside' } as const;

/** One screen: examples, usage, options. */
export function helpText(): string {
  const sections = Object.entries(GROUPS).map(([group, title]) => {
    const lines = OPTIONS.filter((option) => option.group === group).map(optionLine);
    return `${title}:\n${lines.join('')}`;
  });
  return `${EXAMPLES}\n${USAGE}\n${sections.join('\n')}`;
}

function optionLine(option: (typeof OPTIONS)[number]): string {
  const short = 'short' in option ? `-${option.short}, ` : '    ';
  const value = 'value' in option ? ` ${option.value}` : '';
  const choices = 'choices' in option ? ` (${option.choices.join(', ')})` : '';
  return `  ${`${short}--${option.long}${value}`.padEnd(24)} ${option.help}${choices}\n`;
}
