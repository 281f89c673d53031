// A size: short, with the exact bytes on hover.
import type { ReactNode } from 'react';
import { useFormat } from './use-format.ts';

type BytesProps = {
  readonly value: number;
  /** The short form, if the usual one would not tell it from others beside it. */
  readonly short?: string | undefined;
};

export function Bytes({ value, short }: BytesProps): ReactNode {
  const format = useFormat();
  return <span title={format.bytesExact(value)}>{short ?? format.bytes(value)}</span>;
}
