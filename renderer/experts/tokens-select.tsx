// By which tokens of the demos experts are ranked, each choice explained in a line.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../electron/contract/api/runs.ts';
import { TOKEN_CHOICES, type TokenChoice } from '../../electron/contract/token-classes.ts';
import { Select } from '../kit/select.tsx';

type TokensSelectProps = {
  /** That the scores are of. */
  readonly runs: readonly Run[];
  readonly value: TokenChoice;
  readonly onChange: (tokens: TokenChoice) => void;
};

/** Runs of older versions do not tell tokens apart: there all of them count. */
export function TokensSelect({ runs, value, onChange }: TokensSelectProps): ReactNode {
  const { t } = useTranslation();
  const isTold = runs.every(({ tokenClasses }) => tokenClasses);
  return (
    <Select
      label={t('experts.rankedTokens')}
      choices={TOKEN_CHOICES.filter((id) => isTold || id === 'all' || id === value).map((id) => ({
        id,
        label: t(`experts.tokenChoices.${id}.name`),
        note: isTold ? t(`experts.tokenChoices.${id}.note`) : t('experts.tokensNotTold'),
      }))}
      value={value}
      onChange={onChange}
    />
  );
}
