// For what fails beside the point: a choice that could not be remembered, a command that could not be done.
import i18next from 'i18next';
import { errorToData } from '../../electron/contract/errors.ts';
import { showFailure } from '../kit/toast.tsx';

/** Says what happened and what to do, and lets the work go on. */
export function reportFailure(error: unknown): void {
  const { code, message } = errorToData(error);
  showFailure(
    i18next.t('kit.error.brief', {
      title: i18next.t(`errors.${code}.title`),
      message,
      todo: i18next.t(`errors.${code}.todo`),
    }),
  );
}
