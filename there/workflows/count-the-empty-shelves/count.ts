export const main = async (params: { levels: { cases: number }[] }) => {
  return { empty: params.levels.filter((level) => level.cases === 0).length };
};
