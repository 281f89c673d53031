// The choice of the demo tokens that experts are ranked by, each explained in a line.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TOKEN_CHOICES, type TokenChoice } from '../../electron/contract/token-classes.ts';
import { Select } from '../kit/select.tsx';

type TokensSelectProps = {
  /** Whether the scores tell tokens apart; if not, all of them count. */
  readonly isTold: boolean;
  readonly value: TokenChoice;
  readonly onChange: (tokens: TokenChoice) => void;
};

export const TokensSelect = memo(function TokensSelect({ isTold, value, onChange }: TokensSelectProps): ReactNode {
  const { t } = useTranslation();
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
});
