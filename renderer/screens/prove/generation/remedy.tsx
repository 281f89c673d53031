// What helps where checks failed because nothing but scored demos is left.
import type { ReactNode } from 'react';
import type { ErrorData } from '../../../../electron/contract/errors.ts';
import { AddDemos } from './prompt-choices.tsx';
import type { PromptSource } from './prompt-sources.ts';

type RemedyProps = { readonly error: ErrorData | null; readonly sources: readonly PromptSource[] };

export function Remedy({ error, sources }: RemedyProps): ReactNode {
  if (error?.code !== 'CALIBRATION_OVERLAP') return null;
  const source = sources.find(({ name }) => name === error.details?.domain);
  return source && <AddDemos domainId={source.id} />;
}
