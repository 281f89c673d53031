// A size: short, with the exact bytes on hover.
import type { ReactNode } from 'react';
import { useFormat } from './use-format.ts';

export function Bytes({ value }: { readonly value: number }): ReactNode {
  const format = useFormat();
  return <span title={format.bytesExact(value)}>{format.bytes(value)}</span>;
}
