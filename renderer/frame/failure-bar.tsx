// What went wrong on the current screen, in a line below it that covers nothing.
import { TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import kit from '../kit/primitives.module.css';
import { forgetFailure, useFailure } from '../state/report-failure.ts';
import styles from './frame.module.css';

export function FailureBar(): ReactNode {
  const { t } = useTranslation();
  const text = useFailure((failure) => failure.text);
  return (
    <div role="alert" className={classNames(kit.row3, styles.failure)}>
      {text !== null && (
        <>
          <TriangleAlert size={16} aria-hidden />
          <p>{text}</p>
          <IconButton icon={X} size="small" label={t('kit.close')} onPress={forgetFailure} />
        </>
      )}
    </div>
  );
}
