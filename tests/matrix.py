"""Who gets what from every address: the table that tests/test_matrix.py compares the servers with.

{bar} is Chez Yao. Its waiter, manager, co_owner and owner work there; `stranger` owns another bar, `left` was
its manager, `suspended` is its manager whose account is off, `operator` runs the platform and no bar. In the
columns `unknown` and `closed` it is Chez Yao's owner who asks, for a bar that isn't and for one that is closed.
A method that is not named answers 405; ANY answers each alike. A dot repeats what stands to the left of it.
{sale}, {tab} and the like are things of Chez Yao, which others of its people have made; {sale:expired} is one in
that state, {sale:own} the asker's own (THINGS in tests/things.py). A #tag asks the same address with another body
(BODIES). Each asks for it as it was made: what others have done to it is undone.
"""

import re
from itertools import accumulate
from typing import NamedTuple

OTHERS = ["nobody", "stranger", "left", "suspended", "operator", "unknown", "closed"]
COLUMNS = [*OTHERS, "waiter", "manager", "co_owner", "owner"]

TABLE = """
address                                                        method  nobody stranger left suspended operator unknown closed waiter manager co_owner owner
/i18n/setlang/                                                 ANY     302    .        .    .         .        .       .      .      .       .        .
/                                                              ANY     302    .        .    .         .        .       .      .      .       .        .
/login/                                                        GET     200    302      302  200       302      302     302    302    302     302      302
/login/                                                        POST    200    302      302  200       302      302     302    302    302     302      302
/login/                                                        PUT     200    302      302  200       302      302     302    302    302     302      302
/logout/                                                       POST    302    .        .    .         .        .       .      .      .       .        .
/till                                                          GET     302    .        .    .         .        .       .      .      .       .        .
/offline                                                       GET     200    .        .    .         .        .       .      .      .       .        .
/sw.js                                                         GET     200    .        .    .         .        .       .      .      .       .        .
/manifest.webmanifest                                          GET     200    .        .    .         .        .       .      .      .       .        .
/bars/                                                         GET     302    200      200  302       200      200     200    200    200     200      200
/bars/new                                                      GET     302    200      200  302       403      200     200    403    403     403      200
/account/                                                      GET     302    200      200  302       200      200     200    200    200     200      200
/help/                                                         GET     200    .        .    .         .        .       .      .      .       .        .
/join/{code}                                                   GET     200    .        .    .         .        .       .      .      .       .        .
/bars/{bar}/help                                               GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/team                                               GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/settings                                           GET     302    404      404  302       404      404     404    403    403     200      200
/bars/{bar}/changes                                            GET     302    404      404  302       404      404     404    403    403     200      200
/bars/{bar}/start                                              GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/products                                           GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/products/import                                    GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/products/catalogue                                 GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/products/categories                                GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/products/{product}                                 GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/supplies                                           GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/supplies/new                                       GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/supplies/{supply}                                  GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/count                                              GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/counts                                             GET     302    404      404  302       404      404     404    403    403     200      200
/bars/{bar}/counts/{count}                                     GET     302    404      404  302       404      404     404    403    403     200      200
/bars/{bar}/till                                               GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/sales                                              GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/sales/{sale}                                       GET     302    404      .    302       404      .       .      .      200     .        .
/bars/{bar}/sales/{sale:own}                                   GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/sales/{sale}/receipt                               GET     302    404      .    302       404      .       .      .      200     .        .
/bars/{bar}/sales/{sale:own}/receipt                           GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/pending                                            GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/tabs                                               GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/tabs/by-seller                                     GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/tabs/{tab}                                         GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/credits                                            GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/returns                                            GET     302    404      .    302       404      .       .      200    .       .        .
/bars/{bar}/consignments                                       GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/consignments/{consignment}                         GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/close                                              GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/closes/{close}                                     GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/report                                             GET     302    404      .    302       404      .       .      403    200     .        .
/bars/{bar}/expenses                                           GET     302    404      .    302       404      .       .      403    .       200      .
/receipts/{receipt}                                            GET     200    .        .    .         .        .       .      .      .       .        .
/bars/{bar}/more                                               GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/chat                                               GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/figures                                            GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/tonight                                            GET     302    404      404  302       404      404     404    403    200     200      200
/bars/{bar}/tournaments                                        GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/tournaments/{tournament}                           GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/matches/{match}                                    GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/games                                              GET     302    404      404  302       404      404     404    200    200     200      200
/bars/{bar}/players/{player}                                   GET     302    404      404  302       404      404     404    200    200     200      200
/tv/{token}                                                    GET     200    .        .    .         .        .       .      .      .       .        .
/owner/                                                        GET     302    200      200  302       200      200     200    200    200     200      200
/operator/                                                     GET     302    403      403  302       200      403     403    403    403     403      403
/metrics                                                       GET     401    403      403  401       200      403     403    403    403     403      403

/api/v1/                                                       ANY     404    .        .    .         .        .       .      .      .       .        .
/api/v1/docs                                                   ANY     200    .        .    .         .        .       .      .      .       .        .
/api/v1/openapi.json                                           ANY     200    .        .    .         .        .       .      .      .       .        .
/api/v1/asyncapi.json                                          GET     200    .        .    .         .        .       .      .      .       .        .
/api/v1/auth/token                                             POST    201    201      201  401       201      201     201    201    201     201      201
/api/v1/sessions                                               DELETE  401    204      .        401       204      .       .      .      .       .        .
/api/v1/bars                                                   GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/bars                                                   POST    401    201      201  401       403      201     201    403    403     403      201
/api/v1/account/password                                       PUT     401    204      204  401       204      204     204    204    204     204      204
/api/v1/bars/{bar}                                             GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/adjustments                                 GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/adjustments                                 POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/categories                                  GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/categories                                  POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/categories/order                            PUT     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/categories/{category}                       PATCH   401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/closes                                      GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/closes                                      POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/closes/preview                              GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/closes/{close}                              GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/closes/{close}/reopen                       POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/consignments                                GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/consignments                                POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/consignments/expiring                       GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/consignments/{consignment}                  GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/consignments/{consignment}/claims           POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/consignments/{consignment}/forfeit          POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/counts                                      GET     401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/counts                                      POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/counts/open                                 GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/counts/{count}                              GET     401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/counts/{count}/apply                        POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/counts/{count}/discard                      POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/counts/{count}/products/{product}           PUT     401    404      .    401       404      .       .      204    .       .        .
/api/v1/bars/{bar}/counts/{count}/products/{product}           DELETE  401    404      .    401       404      .       .      204    .       .        .
/api/v1/bars/{bar}/credits                                     GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/credits/by-client                           GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/credits/{sale:credit}/settle                POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/expenses                                    GET     401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/expenses                                    POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/expenses/{expense}/void                     POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/games/leaderboard                           GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/games/stats                                 GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/games/top                                   GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/inventory                                   GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/invitations                                 GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/invitations                                 POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/invitations#manager                         POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/invitations#owner                           POST    401    404      .    401       404      .       .      403    .       .        201
/api/v1/bars/{bar}/invitations/{invitation}/revoke             POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/invitations/{invitation:manager}/revoke     POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/matches/{match}                             GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/matches/{match:live}/confirm                POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/matches/{match:played}/correct              POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/matches/{match}/forfeit                     POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/matches/{match:live}/score                  POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/matches/{match}/start                       POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/matches/{match:live}/stats/{player}         PUT     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/players                                     GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/players/{player}/figures                    GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/products                                    GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/products                                    POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/products/export                             GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/products/import                             POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/products/picked                             POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/products/{product}                          GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/products/{product}                          PATCH   401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/products/{product}/movements                GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/products/{product}/prices                   GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/report                                      GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/report/figures                              GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/returns                                     GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/returns                                     POST    401    404      .    401       404      .       .      .      201     .        .
/api/v1/bars/{bar}/returns#own                                 POST    401    404      .    401       404      .       .      201    .       .        .
/api/v1/bars/{bar}/returns/{return}                            GET     401    404      .    401       404      .       .      .      200     .        .
/api/v1/bars/{bar}/returns/{return:own}                        GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/returns/{return:asked}/approve              POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/returns/{return:own}/approve                POST    401    404      .    401       404      .       .      403    .       .        .
/api/v1/bars/{bar}/returns/{return:asked}/reject               POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/returns/{return:approved}/restock           POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales                                       GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/sales                                       POST    401    404      .    401       404      .       .      201    .       .        .
/api/v1/bars/{bar}/sales#for_another                           POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/sales#discount                              POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/sales/batch                                 POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/sales/export                                GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/validate                              POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/{sale}                                GET     401    404      .    401       404      .       .      .      200     .        .
/api/v1/bars/{bar}/sales/{sale:own}                            GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/sales/{sale}/cancel                         POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/sales/{sale:pending}/reject                 POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/{sale:review}/reject                  POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/{sale:own}/undo                       POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/sales/{sale}/undo                           POST    401    404      .    401       404      .       .      .      403     .        .
/api/v1/bars/{bar}/sales/{sale:pending}/validate               POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/{sale:review}/validate                POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sales/{sale:expired}/validate               POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/sales/{sale:mobile}/verify                  POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/sellers                                     GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/changes                                     GET     401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/settings                                    GET     401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/settings                                    PATCH   401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/suppliers                                   GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/suppliers                                   POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/suppliers/{supplier}                        PATCH   401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/supplies                                    GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/supplies                                    POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/supplies/{supply}/reversal                  POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/tabs                                        GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tabs                                        POST    401    404      .    401       404      .       .      201    .       .        .
/api/v1/bars/{bar}/tabs/by-seller                              GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tabs/{tab}                                  GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tabs/{tab}                                  PATCH   401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tabs/{tab}/settle                           POST    401    404      .    401       404      .       .      201    .       .        .
/api/v1/bars/{bar}/team                                        GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/team                                        POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/team#manager                                POST    401    404      .    401       404      .       .      403    .       201      .
/api/v1/bars/{bar}/team#co_owner                               POST    401    404      .    401       404      .       .      403    .       .        201
/api/v1/bars/{bar}/team/{member}/deactivate                    POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/team/{member:manager}/deactivate            POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/team/{member:co_owner}/deactivate           POST    401    404      .    401       404      .       .      403    .       .        200
/api/v1/bars/{bar}/team/{member:owner}/deactivate              POST    401    404      .    401       404      .       .      403    .       .        200
/api/v1/bars/{bar}/team/{member:named}/name                    POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/team/{member:away}/reactivate               POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/team/{member:away_manager}/reactivate       POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/team/{member}/role                          POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/team/{member}/role#manager                  POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/team/{member}/role#owner                    POST    401    404      .    401       404      .       .      403    .       .        200
/api/v1/bars/{bar}/team/{member:manager}/role                  POST    401    404      .    401       404      .       .      403    .       200      .
/api/v1/bars/{bar}/team/{member:co_owner}/role                 POST    401    404      .    401       404      .       .      403    .       .        200
/api/v1/bars/{bar}/figures                                     GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/figures/{figure}                                GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/figures/{figure:margin}                              GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/figures/{figure}/file                           GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/figures/{figure:margin}/file                         GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tonight                                     GET     401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments                                 GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tournaments                                 POST    401    404      .    401       404      .       .      403    201     .        .
/api/v1/bars/{bar}/tournaments/{tournament}                    GET     401    404      .    401       404      .       .      200    .       .        .
/api/v1/bars/{bar}/tournaments/{tournament:open}/cancel        POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments/{tournament:open}/draw          POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments/{tournament:open}/entries       POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments/{tournament}/entries/{entry}/withdraw POST 401  404     .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments/{tournament:board}/finish       POST    401    404      .    401       404      .       .      403    200     .        .
/api/v1/bars/{bar}/tournaments/{tournament:board}/matches      POST    401    404      .    401       404      .       .      200    .       .        .
/api/v1/catalogue                                              GET     401    200      .    401       200      .       .      .      .       .        .
/api/v1/figures/bars                                           GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/figures/bars/file                                      GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/conversations                                          GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/conversations                                          POST    401    404      .    401       404      201     .      201    .       .        .
/api/v1/conversations/people                                   GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/conversations/{conversation}/messages                  GET     401    404      .    401       404      200     .      200    .       .        .
/api/v1/conversations/{conversation}/messages                  POST    401    404      .    401       404      201     .      201    .       .        .
/api/v1/conversations/{conversation}/messages/{message}        DELETE  401    404      .    401       404      200     .      403    200     .        .
/api/v1/conversations/{conversation}/messages/{message:own}    DELETE  401    404      .    401       404      200     .      200    .       .        .
/api/v1/conversations/{conversation}/read                      PUT     401    404      .    401       404      200     .      200    .       .        .
/api/v1/notifications                                          GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/notifications/read                                     POST    401    200      200  401       200      200     200    200    200     200      200
/api/v1/notifications/unread                                   GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/notifications/{notification}                           DELETE  401    404      .    401       404      200     .      404    200     .        .
/api/v1/notifications/{notification}/read                      POST    401    404      .    401       404      200     .      404    200     .        .
/api/v1/games                                                  GET     401    200      .    401       200      .       .      .      .       .        .
/api/v1/tournaments/{token}                                    GET     200    .        .    .         .        .       .      .      .       .        .
/api/v1/invitations/join                                       POST    201    .        .    .         .        .       .      .      .       .        .
/api/v1/invitations/accept                                     POST    401    200      409  401       200      409     .      .      .       .        .
/api/v1/sync/poll                                              GET     401    404      404  401       404      404     404    200    200     200      200
/api/v1/sync/stream                                            GET     401    404      404  401       404      404     404    200    200     200      200
/api/v1/sync/send                                              POST    401    404      .    401       404      200     .      200    .       .        .
/api/v1/sync/force                                             POST    401    200      200  401       200      200     200    200    200     200      200
/api/v1/sync/validate                                          POST    401    200      200  401       200      200     200    200    200     200      200
/api/v1/sync/status                                            GET     401    200      200  401       200      200     200    200    200     200      200
/api/v1/sync/broadcast                                         POST    401    403      403  401       202      403     403    403    403     403      403
/api/v1/monitoring/websocket/stats                             GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/monitoring/realtime                                    GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/monitoring/costs                                       GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/admin/stats                                            GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/admin/stats/bars                                       GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/admin/stats/bars/file                                  GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/admin/stats/file                                       GET     401    403      403  401       200      403     403    403    403     403      403
/api/v1/admin/stats/stream                                     GET     401    403      403  401       200      403     403    403    403     403      403
"""  # noqa: E501


class Row(NamedTuple):
    """One line of the table: `name` is the address as it stands there, `tag` what follows its #."""

    name: str
    method: str
    expected: dict[str, int]

    @property
    def address(self) -> str:
        return self.name.partition("#")[0]

    @property
    def route(self) -> str:
        """As the URL table has it."""
        return re.sub(r":\w+}", "}", self.address)

    @property
    def key(self) -> str:
        """By which tests/things.py knows it."""
        return f"{self.method} {self.name.removeprefix('/api/v1/bars/{bar}/')}"

    @property
    def places(self) -> list[str]:
        """The names of its things, but the bar."""
        return [name for name in re.findall(r"{(\w+(?::\w+)?)}", self.address) if name != "bar"]

    @property
    def is_api(self) -> bool:
        return self.name.startswith("/api/")


def read(table: str = TABLE) -> list[Row]:
    """The rows of the table."""
    rows = []
    for line in table.strip().splitlines()[1:]:
        if not line:
            continue
        name, method, *cells = line.split()
        statuses = list(accumulate(cells, lambda left, cell: left if cell == "." else cell))
        rows.append(Row(name, method, dict(zip(COLUMNS, map(int, statuses), strict=True))))
    return rows


ROWS = read()
