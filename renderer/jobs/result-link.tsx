// The name of a job as a link to its result.
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { reportFailure } from '../state/report-failure.ts';
import styles from './job-strip.module.css';

type ResultLinkProps = { readonly text: string; readonly open: () => void | Promise<void> };

export function ResultLink({ text, open }: ResultLinkProps): ReactNode {
  return (
    <Button
      className={classNames(kit.ellipsis, styles.link)}
      onPress={() => void Promise.resolve(open()).catch(reportFailure)}
    >
      <span title={text}>{text}</span>
    </Button>
  );
}
