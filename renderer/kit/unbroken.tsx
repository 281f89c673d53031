// A text that breaks only between words; otherwise it could also break at the dash of an interval.
import { Fragment, type ReactNode } from 'react';
import kit from './primitives.module.css';

export function Unbroken({ text }: { readonly text: string }): ReactNode {
  return text.split(' ').map((word, index) => (
    <Fragment key={index}>
      {index > 0 && ' '}
      <span className={kit.unbroken}>{word}</span>
    </Fragment>
  ));
}
