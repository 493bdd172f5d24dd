-- What each line of a validated sale and each approved return of one have brought, in all bars. Of a sale with a discount
-- each line has its share of the total, rounded so that the shares add up to it: over all lines, revenue less refunds is
-- the revenue, to the unit. Refunds count on the date on which they were given; `returned` are the units that they were
-- given for. `cost` is that which the line keeps, of the units sold, less that of the units which an approved return puts
-- back on the shelf, with or without money, on the date on which it was approved.
-- Who asks for one bar and some dates reads no others: both are what the shares are counted within.
CREATE FUNCTION sales_brought()
RETURNS TABLE (bar_id uuid, business_date date, product_id uuid, quantity bigint, revenue bigint, returned bigint,
              refunds bigint, cost numeric)
LANGUAGE sql STABLE AS $$
    SELECT sale.bar_id, sale.business_date, line.product_id, line.quantity, line.quantity * line.unit_price, 0, 0,
           line.quantity * line.unit_cost
    FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
    WHERE sale.status = 'validated' AND sale.discount = 0
    UNION ALL
    SELECT sale.bar_id, sale.business_date, line.product_id, line.quantity,
           sales_refund(
               sale.total, sale.total + sale.discount,
               (sum(line.quantity * line.unit_price) OVER so_far)::bigint - line.quantity * line.unit_price,
               line.quantity * line.unit_price
           ), 0, 0, line.quantity * line.unit_cost
    FROM sales_sale AS sale JOIN sales_line AS line ON line.sale_id = sale.id
    WHERE sale.status = 'validated' AND sale.discount > 0
    WINDOW so_far AS (PARTITION BY sale.bar_id, sale.business_date, sale.id ORDER BY line.product_id)
    UNION ALL
    SELECT back.bar_id, back.business_date, line.product_id, 0, 0,
           CASE WHEN back.refund > 0 THEN back.quantity ELSE 0 END, back.refund,
           CASE WHEN back.restocks THEN -back.quantity * line.unit_cost ELSE 0 END
    FROM sales_return AS back JOIN sales_line AS line ON line.id = back.line_id
    WHERE back.status IN ('approved', 'restocked') AND (back.refund > 0 OR back.restocks)
$$;

-- What each product has brought on each business date.
CREATE OR REPLACE FUNCTION sales_products_sold(bar uuid, since date, until date)
RETURNS TABLE (business_date date, product_id uuid, quantity bigint, revenue bigint, returned bigint, refunds bigint,
              cost numeric)
LANGUAGE sql STABLE AS $$
    SELECT one.business_date, one.product_id, sum(one.quantity)::bigint, sum(one.revenue)::bigint,
           sum(one.returned)::bigint, sum(one.refunds)::bigint, sum(one.cost)
    FROM sales_brought() AS one
    WHERE one.bar_id = bar AND one.business_date BETWEEN since AND until
    GROUP BY one.business_date, one.product_id
$$;
