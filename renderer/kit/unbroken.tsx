// A text that may take several lines, but only between words: an interval's dash would do, too.
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
