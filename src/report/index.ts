// The report: records and maps into what people read. `names.ts`, which asks the running system, is apart from it.

export { createReport } from './create-report.ts';
export type { ByteSink, Names, RecordHost, Report, ReportOptions, SymbolName } from './report.ts';
export { type Verdict, verdict } from './verdict.ts';
