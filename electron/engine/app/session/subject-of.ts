// Resolves the choice or file that a call is about.
import type { Subject } from '../../../contract/api/common.ts';
import type { ReportChoice } from '../../report/subject.ts';
import type { Services } from './services.ts';
import { writtenFile } from './written-file.ts';

/** The choice or file. @throws WinnowError as `writtenFile` and `Grants.path` */
export async function subjectOf({ context, grants }: Services, subject: Subject): Promise<ReportChoice> {
  switch (subject.kind) {
    case 'export':
      return { kind: 'file', path: (await writtenFile(context.store, subject.exportId)).outputPath };
    case 'file':
      return { kind: 'file', path: grants.path(subject.grant, 'read') };
    default:
      return subject;
  }
}
