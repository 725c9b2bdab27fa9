-- What screening does, told another way: spellings are made plain, read, and judged by a join.
-- $line: what a plain number looks like; $region: where it is read; $ahead: how far the list's zone is ahead.

with plain as (
    select id, trim(bound) as bound, regexp_replace(replace(regexp_replace(
        translate(trim(number), '＋０１２３４５６７８９', '+0123456789'),
        '\.0$', ''), 'tel:', ''), '[ ()-]', '', 'g') as line
    from users),
counted as (
    select id, line, bound, case when regexp_full_match(bound, '[0-9]{9,17}') then make_timestamp(
        bound::bigint * case when bound::bigint < 1e11 then 1000000
                             when bound::bigint < 1e14 then 1000 else 1 end)
        when regexp_matches(bound, '[T ].*(Z|[+-][0-9]{2}:?[0-9]{2})$')
        then make_timestamp(epoch_us(try_cast(bound as timestamptz))) end as moment
    from plain),
read as (
    select id, case when regexp_full_match(line, $line) then
        case when $region = 'CN' and regexp_full_match(line, '1[0-9]{10}') then ('86' || line)::bigint
             else ltrim(line, '+0')::bigint end end as number,
    case when moment is not null then (moment + $ahead)::date
         when regexp_full_match(bound, '[0-9]{8}') then try_strptime(bound, '%Y%m%d')::date
         when regexp_full_match(bound, '([0-9]{4})[-/年]([0-9]{1,2})[-/月]([0-9]{1,2})日?([T ].*)?') then try_cast(
             regexp_replace(bound, '([0-9]{4})[-/年]([0-9]{1,2})[-/月]([0-9]{1,2})日?([T ].*)?', '\1-\2-\3') as date) end as bound_on
    from counted),
judged as (
    select id, case when u.number is null then 'NOT_A_NUMBER'
        when f.number is null then 'NOT_COVERED' when f.day is null then 'NOT_CHANGED'
        when u.bound_on is null then 'NOT_A_DAY' when f.day > u.bound_on then 'CHANGED'
        when f.day = u.bound_on then 'SAME_DAY' else 'NOT_CHANGED' end as verdict
    from read u left join facts f using (number))
select verdict, list(id order by id::bigint) from judged group by verdict
